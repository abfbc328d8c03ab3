/// <reference lib="dom" />
import { timeOfDay } from "../../words/quantities.ts";
import { zone } from "../../words/times.ts";
import { Chart } from "../../chart/chart.ts";
import { type PlotSettings, settingsOf } from "./plot_settings.ts";
import { pan } from "./pan.ts";
import { drawingOf } from "./drawing_of.ts";
import { digitsFor } from "../../chart/digits.ts";
import type { Feed } from "../../stream/device_feed.ts";
import type { Session } from "../../stream/session.ts";
import type { Plot } from "./plots_of.ts";
import { valueText } from "./value_text.ts";
import { timeAxis } from "./time_axis.ts";

/** The interval at which the label for screen readers changes. */
const LABEL_MS = 5_000;
/** The longest time between two pictures of a plot that follows the time. */
const MAX_STEP_SECONDS = 1;

const OVERLAY_ALPHA = 0.45;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The subject of a plot, and the element for its chart. */
export interface PlotContext {
  element: HTMLElement;
  session: Session;
  feed: Feed;
  plot: Plot;
}

/** The drawing of a plot. `draw` is called in every frame, and draws when the picture has changed. */
export interface PlotDrawing {
  /** The lines of the plot; an image has none. */
  chart?: Chart;
  resize(width: number, height: number): void;
  draw(): boolean;
  end(): void;
}

/** Draws channels of a device over time. */
export function timePlot({ element, session, feed, plot }: PlotContext): PlotDrawing {
  const { view } = session;
  const chart = new Chart(element, {
    unit: plot.unit,
    label: plot.names.length === 1 ? plot.names[0] : undefined,
    x: timeAxis,
    // Those of a recording that is drawn over them, below.
    lines: [
      ...plot.colors.map((color) => ({ color })),
      ...plot.colors.map((color) => ({ color, alpha: OVERLAY_ALPHA })),
    ],
    cursorKey: session.id,
    onSelect: (from, to) => view.zoomTo(from, to),
    onReset: () => view.follow(),
    onPoint: (time) => session.pointed.value = time,
  });
  let drawn = "";
  let scale: PlotSettings | undefined;
  let labelled = -Infinity;

  const endPanning = pan(element, () => chart.pixels, view);
  const onWheel = (event: WheelEvent) => {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (!event.ctrlKey && Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      return view.move(sideways / Math.max(1, chart.pixels));
    }
    // The wheel zooms with Ctrl, which browsers also set for a pinch. Otherwise the page scrolls.
    if (!event.ctrlKey) return;
    event.preventDefault();
    view.zoomBy(event.deltaY > 0 ? 1.25 : 0.8, session.pointed.value);
  };
  element.addEventListener("wheel", onWheel, { passive: false });

  const draw = () => {
    let { from, to } = view.range;
    if (!view.isHalted.value) {
      // In whole pixels: in between, the picture would be the same.
      const pixel = (to - from) / Math.max(1, chart.pixels * devicePixelRatio);
      const step = calm.matches ? Math.max(MAX_STEP_SECONDS, pixel) : Math.min(MAX_STEP_SECONDS, pixel);
      const over = to % step;
      [from, to] = [from - over, to - over];
    }
    const settings = settingsOf(plot.key);
    const key = `${from} ${to} ${session.revision.value} ${session.outageSince.value} ${zone.value}`;
    if (key === drawn && settings === scale) return false;
    [drawn, scale] = [key, settings];
    chart.draw({ from, to, ...drawingOf(session, feed, plot, { from, to }), scale: settings });
    if (performance.now() - labelled > LABEL_MS) label();
    return true;
  };

  const label = () => {
    labelled = performance.now();
    const values = plot.names.map((name, i) =>
      `${name} ${valueText(feed.values.get(name), plot.unit, digitsFor(chart.ranges[i]))}`
    );
    const when = feed.newest ? `, newest sample at ${timeOfDay(feed.newest.time * 1000)}: ${values.join(", ")}` : "";
    element.ariaLabel = `Plot of ${feed.deviceId} over time${when}`;
  };

  return {
    chart,
    resize: (width, height) => chart.resize(width, height),
    draw,
    end: () => {
      element.removeEventListener("wheel", onWheel);
      endPanning();
      chart.destroy();
    },
  };
}
