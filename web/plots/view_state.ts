import type { PlotSettings } from "./drawing/plot_settings.ts";
import { WINDOWS } from "./drawing/spectrum.ts";
import { type OwnPlot, ownPlotsIn } from "./own/own_plot.ts";

/** The view that a person chose, as it is kept over a reload and in a link. */
export interface ViewState {
  /** The length of the time window, in seconds. */
  span?: number;
  /** The range of a view that stands still, in seconds since 1970. */
  range?: [number, number];
  /** True for a channel that is drawn, by device and name. */
  channels: Record<string, Record<string, boolean>>;
  /** By the plots' keys. */
  plots: Record<string, PlotSettings>;
  /** The plots that the person has put together. */
  own: readonly OwnPlot[];
}

const FLAGS = ["isLogarithmic", "isInverted", "isShared", "isBig", "isHeatMap"] as const;
const ENDS = ["min", "max"] as const;

/** A view state out of a text, which a person may have changed: what makes no sense is left out. */
export function readState(text: string | null): ViewState {
  const { span, range, channels, plots, own } = recordIn(parsed(text));
  const ends = Array.isArray(range) ? range.map((end) => typeof end === "number" ? end : NaN) : [];
  return {
    ...typeof span === "number" && span > 0 && Number.isFinite(span) && { span },
    ...ends.length === 2 && ends.every(Number.isFinite) && ends[0] < ends[1] && { range: [ends[0], ends[1]] },
    channels: each(recordIn(channels), (of) => each(recordIn(of), (isDrawn) => isDrawn === true)),
    plots: each(recordIn(plots), (of) => settingsIn(recordIn(of))),
    own: ownPlotsIn(own),
  };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function settingsIn(given: Record<string, unknown>): PlotSettings {
  const flags = FLAGS.filter((name) => given[name] === true).map((name) => [name, true]);
  const ends = ENDS.filter((name) => Number.isFinite(given[name])).map((name) => [name, given[name]]);
  const window = Object.hasOwn(WINDOWS, String(given.spectrum)) ? [["spectrum", given.spectrum]] : [];
  return Object.fromEntries([...flags, ...ends, ...window]);
}

function recordIn(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}

function each<T>(record: Record<string, unknown>, read: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, read(value)]));
}
