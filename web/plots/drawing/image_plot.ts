/// <reference lib="dom" />
import { HeatMap } from "../../chart/heat_map.ts";
import type { PlotDrawing } from "./over_time.ts";
import type { PlotContext } from "./time_plot.ts";

/** Draws the newest image of a channel. */
export function imagePlot({ element, session, feed, plot }: PlotContext): PlotDrawing {
  const [name] = plot.names;
  const map = new HeatMap(element);
  let drawn: unknown[] = [];
  const draw = () => {
    const newest = session.picture(feed).waveforms.get(name)?.at(-1);
    const key = [newest, session.revision.value];
    if (!newest || key.every((part, i) => part === drawn[i])) return false;
    drawn = key;
    const { values, width = values.length } = newest;
    const height = Math.ceil(values.length / width);
    map.draw({
      width,
      values,
      unit: plot.unit,
      xEnds: ["0", String(width - 1)],
      yEnds: ["0", String(height - 1)],
      title: "column",
      isSquare: true,
    });
    element.ariaLabel = `Image ${name} of ${feed.deviceId}: ${width} × ${height}`;
    return true;
  };
  return {
    resize: (width, height) => map.resize(width, height),
    draw,
    next: () => Infinity,
    end: () => map.destroy(),
  };
}
