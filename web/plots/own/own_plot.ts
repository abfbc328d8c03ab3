import { MAX_LINES } from "../../chart/pen.ts";
import { type WindowName, WINDOWS } from "../drawing/spectrum.ts";

/** The kinds of plots that a person puts together. */
export const OWN_KINDS = { time: "over time", xy: "XY", spectrum: "spectrum" } as const;
/** A key of {@linkcode OWN_KINDS}. */
export type OwnKind = keyof typeof OWN_KINDS;

/** A line of such a plot. */
export interface OwnLine {
  /** A channel, or a formula of channels, of any of the page's devices. */
  formula: string;
  /** The unit of the formula's value; that of the channel, for a channel alone. */
  unit?: string;
  /** True if the line's axis is the right one. */
  isRight?: boolean;
}

/** A plot that a person has put together: of channels of several devices, and of formulas. */
export interface OwnPlot {
  id: string;
  title: string;
  kind: OwnKind;
  /** The horizontal axis of an XY plot, a formula. */
  x?: string;
  /** The window function of a spectrum. */
  window?: WindowName;
  lines: OwnLine[];
}

/** A page has at most so many. */
export const MAX_OWN_PLOTS = 20;
const MAX_TITLE_CHARS = 100;
const MAX_FORMULA_CHARS = 500;
const MAX_UNIT_CHARS = 20;

/** The plots in a value that a person may have changed: what makes no sense is left out. */
export function ownPlotsIn(value: unknown): OwnPlot[] {
  const plots = Array.isArray(value) ? value.map(plotIn).filter((plot) => plot !== undefined) : [];
  const byId = new Map(plots.map((plot) => [plot.id, plot]));
  return [...byId.values()].slice(0, MAX_OWN_PLOTS);
}

function plotIn(value: unknown): OwnPlot | undefined {
  const { id, title, kind, x, window, lines } = (value ?? {}) as Record<string, unknown>;
  const named = Array.isArray(lines) ? lines.map(lineIn).filter((line) => line !== undefined) : [];
  if (typeof id !== "string" || !/^[\w-]{1,40}$/.test(id) || !named.length) return undefined;
  return {
    id,
    title: textIn(title, MAX_TITLE_CHARS) ?? "",
    kind: Object.hasOwn(OWN_KINDS, String(kind)) ? kind as OwnKind : "time",
    ...textIn(x, MAX_FORMULA_CHARS) !== undefined && { x: textIn(x, MAX_FORMULA_CHARS) },
    ...Object.hasOwn(WINDOWS, String(window)) && { window: window as WindowName },
    lines: named.slice(0, MAX_LINES),
  };
}

function lineIn(value: unknown): OwnLine | undefined {
  const { formula, unit, isRight } = (value ?? {}) as Record<string, unknown>;
  const text = textIn(formula, MAX_FORMULA_CHARS);
  if (text === undefined) return undefined;
  const given = textIn(unit, MAX_UNIT_CHARS);
  return { formula: text, ...given !== undefined && { unit: given }, ...isRight === true && { isRight } };
}

function textIn(value: unknown, max: number): string | undefined {
  return typeof value === "string" && value.trim() ? value.trim().slice(0, max) : undefined;
}
