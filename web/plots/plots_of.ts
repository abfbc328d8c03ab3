import type { JsonSchema } from "../../lib/client/mod.ts";
import { MAX_LINES } from "../chart/pen.ts";
import { unitAt } from "../../lib/format/channels.ts";
import type { Channel } from "../stream/picture.ts";

/** A plot of one device: the channels of one unit, or one waveform. */
export interface Plot {
  key: string;
  title: string;
  unit: string;
  kind: "number" | "waveform";
  names: string[];
}

/**
 * The plots of a device. Channels of one unit share a plot, up to the number of colours; those without a unit share one with
 * the other channels of their object.
 *
 * @param isChosen True for a channel that is drawn.
 */
export function plotsOf(
  deviceId: string,
  channels: Iterable<Channel>,
  schema: JsonSchema | null | undefined,
  isChosen: (name: string) => boolean,
): Plot[] {
  const plots = new Map<string, Plot>();
  for (const { name, path, kind } of channels) {
    if (kind === "word" || !isChosen(name)) continue;
    const unit = unitAt(schema, path);
    const [group, subject] = kind === "waveform"
      ? [`waveform ${name}`, name]
      : unit
      ? [`unit ${unit}`, unit]
      : [`part ${path.slice(0, -1).join(".")}`, path.slice(0, -1).join(".") || "values"];
    const plot = plots.get(group);
    if (plot) plot.names.push(name);
    else plots.set(group, { key: `${deviceId} ${group}`, title: subject, unit, kind, names: [name] });
  }
  return [...plots.values()].flatMap(inParts);
}

/** A plot in as many as its lines need. */
function inParts(plot: Plot): Plot[] {
  const parts = Math.ceil(plot.names.length / MAX_LINES);
  return Array.from({ length: parts }, (_, i) => ({
    ...plot,
    key: `${plot.key} ${i}`,
    title: i === 0 ? plot.title : `${plot.title} (${i + 1})`,
    names: plot.names.slice(i * MAX_LINES, (i + 1) * MAX_LINES),
  }));
}
