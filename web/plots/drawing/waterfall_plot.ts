/// <reference lib="dom" />
import { HeatMap } from "../../chart/heat_map.ts";
import { timeOfDay } from "../../words/quantities.ts";
import { zone } from "../../words/times.ts";
import type { PlotDrawing } from "./over_time.ts";
import type { PlotContext } from "./time_plot.ts";
import { waterfallOf } from "./waterfall.ts";

/** Draws the newest waveforms of a channel as rows of colours, the newest at the top. */
export function waterfallPlot({ element, session, feed, plot }: PlotContext): PlotDrawing {
  const [name] = plot.names;
  const map = new HeatMap(element);
  let drawn: unknown[] = [];
  const draw = () => {
    const all = session.picture(feed).waveforms.get(name) ?? [];
    const key = [all.at(-1), session.revision.value, zone.value];
    if (!all.length || key.every((part, i) => part === drawn[i])) return false;
    drawn = key;
    const { width, values, points } = waterfallOf(all);
    map.draw({
      width,
      values,
      unit: plot.unit,
      xEnds: ["0", String(points - 1)],
      yEnds: [timeOfDay(all.at(-1)!.time * 1000), timeOfDay(all[0].time * 1000)],
      title: "index",
      isSquare: false,
    });
    element.ariaLabel = `Heat map of ${name} of ${feed.deviceId}: the last ${all.length} waveforms`;
    return true;
  };
  return {
    resize: (width, height) => map.resize(width, height),
    draw,
    next: () => Infinity,
    end: () => map.destroy(),
  };
}
