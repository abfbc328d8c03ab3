import { UNNAMED } from "../../../lib/format/channels.ts";
import type { Feed } from "../../stream/feed.ts";
import { type Formula, readFormula } from "./formula.ts";
import type { OwnPlot } from "./own_plot.ts";

/** A channel that a formula names. */
export interface Operand {
  feed: Feed;
  channel: string;
}

/** A formula with the channels that it names. */
export interface ResolvedFormula {
  formula: Formula;
  operands: Operand[];
}

/** The channel of a reference such as `daq1.cpu.total`; `undefined` if no device of the page begins it. */
export function operandOf(reference: string, feeds: ReadonlyMap<string, Feed>): Operand | undefined {
  // The longest name counts: there may be a `daq1`, and a `daq1.left`.
  const ids = [...feeds.keys()].filter((id) => reference === id || reference.startsWith(`${id}.`));
  const id = ids.sort((a, b) => b.length - a.length)[0];
  return id === undefined ? undefined : { feed: feeds.get(id)!, channel: reference.slice(id.length + 1) || UNNAMED };
}

const read = new Map<string, Formula | string>();
const MAX_READ = 500;

/** A parsed formula, kept for later calls; for a formula with an error, the error in words. */
function formulaOf(text: string): Formula | string {
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= MAX_READ) read.clear();
  let found: Formula | string;
  try {
    found = readFormula(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    found = error.message;
  }
  read.set(text, found);
  return found;
}

/** A formula with its channels; for a formula with an error, the error in words. */
export function resolveFormula(text: string, feeds: ReadonlyMap<string, Feed>): ResolvedFormula | string {
  const formula = formulaOf(text);
  if (typeof formula === "string") return formula;
  const operands: Operand[] = [];
  for (const reference of formula.references) {
    const operand = operandOf(reference, feeds);
    if (!operand) return `“${reference}” does not begin with the name of a device on this page.`;
    const { feed, channel } = operand;
    const kind = feed.channels.get(channel)?.kind;
    if (kind === undefined && feed.channels.size > 0) return `${feed.deviceId} has no channel “${channel}”.`;
    if (kind !== undefined && kind !== "number") return `“${reference}” is no number: ${KINDS[kind]}.`;
    operands.push(operand);
  }
  return { formula, operands };
}

const KINDS = { word: "its samples are states or texts", waveform: "it is a waveform", image: "it is a picture" };

/** The names of the devices that a plot needs, as far as they are on the page, and the references that need others. */
export function needsOf({ x, lines }: OwnPlot, feeds: ReadonlyMap<string, Feed>) {
  const devices = new Map<string, Set<string>>();
  const missing: string[] = [];
  for (const text of [...x === undefined ? [] : [x], ...lines.map(({ formula }) => formula)]) {
    const formula = formulaOf(text);
    if (typeof formula === "string") continue;
    for (const reference of formula.references) {
      const operand = operandOf(reference, feeds);
      if (!operand) {
        missing.push(reference);
        continue;
      }
      const { feed: { deviceId }, channel } = operand;
      if (!devices.has(deviceId)) devices.set(deviceId, new Set());
      devices.get(deviceId)!.add(channel);
    }
  }
  return { devices, missing };
}

/** True for a plot all of whose devices are on the page. */
export function isShown(plot: OwnPlot, feeds: ReadonlyMap<string, Feed>): boolean {
  return needsOf(plot, feeds).missing.length === 0;
}
