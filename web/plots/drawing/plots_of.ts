import type { JsonSchema } from "../../../lib/client/mod.ts";
import { MAX_LINES } from "../../chart/pen.ts";
import { unitAt } from "../../../lib/format/channels.ts";
import type { PlottedChannel } from "../../stream/picture.ts";
import { inOrder } from "./channel_order.ts";

/** A plot of one device: the channels of one unit, or one waveform or image. */
export interface Plot {
  key: string;
  title: string;
  unit: string;
  kind: "number" | "waveform" | "image";
  names: string[];
  /** The numbers of the colours of the channels. */
  colors: number[];
}

/**
 * The plots of a device. Channels of one unit share a plot, up to the number of colours. Channels without a unit share
 * a plot with the other channels of their object. Their order and colours are those of the schema, whatever is chosen.
 *
 * @param isChosen True for a channel that is drawn.
 */
export function plotsOf(
  deviceId: string,
  channels: Iterable<PlottedChannel>,
  schema: JsonSchema | null | undefined,
  isChosen: (name: string) => boolean,
): Plot[] {
  const plots = new Map<string, Plot>();
  for (const { name, path, kind } of inOrder(channels, schema)) {
    if (kind === "word") continue;
    const unit = unitAt(schema, path);
    const [group, subject] = kind !== "number"
      ? [`${kind} ${name}`, name]
      : unit
      ? [`unit ${unit}`, unit]
      : [`part ${path.slice(0, -1).join(".")}`, path.slice(0, -1).join(".") || "values"];
    const plot = plots.get(group);
    if (plot) plot.names.push(name);
    else plots.set(group, { key: `${deviceId} ${group}`, title: subject, unit, kind, names: [name], colors: [] });
  }
  return [...plots.values()].flatMap(inParts).map((plot) => chosenOf(plot, isChosen))
    .filter(({ names }) => names.length);
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

function chosenOf(plot: Plot, isChosen: (name: string) => boolean): Plot {
  const colors = [...plot.names.keys()].filter((color) => isChosen(plot.names[color]));
  return { ...plot, names: colors.map((color) => plot.names[color]), colors };
}
