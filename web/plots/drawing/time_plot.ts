/// <reference lib="dom" />
import { digitsFor } from "../../chart/digits.ts";
import type { Feed } from "../../stream/feed.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import { timeOfDay } from "../../words/quantities.ts";
import { drawingOf } from "./drawing_of.ts";
import { type PlotDrawing, plotOverTime } from "./over_time.ts";
import { settingsOf } from "./plot_settings.ts";
import type { Plot } from "./plots_of.ts";
import { valueText } from "./value_text.ts";

const OVERLAY_ALPHA = 0.45;

/** The subject of a plot, and the element for its chart. */
export interface PlotContext {
  element: HTMLElement;
  session: PlotSession;
  feed: Feed;
  plot: Plot;
}

/** Draws channels of a device over time. */
export function timePlot({ element, session, feed, plot }: PlotContext): PlotDrawing {
  const settings = () => settingsOf(plot.key);
  return plotOverTime(element, session, {
    unit: plot.unit,
    label: plot.names.length === 1 ? plot.names[0] : undefined,
    // Those of a recording that is drawn over them, below.
    lines: [
      ...plot.colors.map((color) => ({ color })),
      ...plot.colors.map((color) => ({ color, alpha: OVERLAY_ALPHA })),
    ],
    settings,
    drawing: (range) => ({ ...drawingOf(session, feed, plot, range), scale: settings() }),
    words: ({ ranges }) => {
      const values = plot.names.map((name, i) =>
        `${name} ${valueText(feed.values.get(name), plot.unit, digitsFor(ranges[i]))}`
      );
      const when = feed.newest ? `, newest sample at ${timeOfDay(feed.newest.time * 1000)}: ${values.join(", ")}` : "";
      return `Plot of ${feed.deviceId} over time${when}`;
    },
  });
}
