/// <reference lib="dom" />
import { Chart } from "../../chart/chart.ts";
import type { ChartOptions, Drawing } from "../../chart/drawing.ts";
import type { Drawable } from "../../chart/frames.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import type { TimeRange } from "../../stream/view.ts";
import { zone } from "../../words/times.ts";
import { pan } from "./pan.ts";
import { timeAxis } from "./time_axis.ts";

/** The interval at which the label for screen readers changes. */
const LABEL_MS = 5_000;
/** The longest time between two pictures of a plot that follows the time. */
const MAX_STEP_SECONDS = 1;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The drawing of a plot. */
export interface PlotDrawing extends Pick<Drawable, "draw" | "next"> {
  /** The lines of the plot; an image has none. */
  chart?: Chart;
  resize(width: number, height: number): void;
  end(): void;
}

/** The contents of a plot over time. */
export interface OverTime extends Pick<ChartOptions, "unit" | "label" | "lines" | "right"> {
  /** The scales and the other settings of the person: a new object is drawn at once. */
  settings: () => object;
  drawing: (range: TimeRange) => Omit<Drawing, "from" | "to">;
  /** The label for screen readers. */
  words: (chart: Chart) => string;
}

/** Draws lines over time, in the range that all plots of the page show; the pointer and the wheel move it. */
export function plotOverTime(element: HTMLElement, session: PlotSession, of: OverTime): PlotDrawing {
  const { view } = session;
  const { unit, label, lines, right } = of;
  const chart = new Chart(element, {
    ...{ unit, label, lines, right },
    x: timeAxis,
    cursorKey: session.id,
    onSelect: (from, to) => view.zoomTo(from, to),
    onReset: () => view.follow(),
    onPoint: (time) => session.pointed.value = time,
  });
  let drawn = "";
  let settled: unknown;
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

  // In whole pixels: in between, the picture would be the same.
  const stepOf = ({ from, to }: TimeRange) => {
    const pixel = (to - from) / Math.max(1, chart.pixels * devicePixelRatio);
    return calm.matches ? Math.max(MAX_STEP_SECONDS, pixel) : Math.min(MAX_STEP_SECONDS, pixel);
  };
  const next = () => {
    const { range } = view;
    const step = stepOf(range);
    return (step - range.to % step) * 1000;
  };
  const draw = () => {
    let { from, to } = view.range;
    if (!view.isHalted.value) {
      const over = to % stepOf({ from, to });
      [from, to] = [from - over, to - over];
    }
    const settings = of.settings();
    const { revision, outageSince } = session;
    const key = `${from} ${to} ${revision.value} ${outageSince.value} ${zone.value} ${chart.sharing}`;
    if (key === drawn && settings === settled) return false;
    [drawn, settled] = [key, settings];
    chart.draw({ from, to, ...of.drawing({ from, to }) });
    if (performance.now() - labelled > LABEL_MS) {
      labelled = performance.now();
      element.ariaLabel = of.words(chart);
    }
    return true;
  };

  return {
    chart,
    resize: (width, height) => chart.resize(width, height),
    draw,
    next,
    end: () => {
      element.removeEventListener("wheel", onWheel);
      endPanning();
      chart.destroy();
    },
  };
}
