import type { FrameItem, Run } from "./run.ts";
import { Template } from "./template.ts";

/** The most templates, and the least mean length of a run, with which the frames of a block are a table. */
const MAX_TEMPLATES = 16;
const MIN_RUN = 4;

/** From so many runs on, short runs end the reading early: each run may be compared with all templates. */
const MAX_SHORT_RUNS = 256;

/** The samples of one template while they are read. */
interface Growing {
  template: Template;
  values: number[][];
  count: number;
}

/** Frames as items of a block; `undefined` if they are no table. */
export function readFrames(text: string): FrameItem[] | undefined {
  const growing: Growing[] = [];
  const items: (string | { of: Growing; at: number; count: number; first: number })[] = [];
  const values: number[] = [];
  let samples = 0;
  let runs = 0;
  let from = 0;
  let last: Growing | undefined;
  for (let at = 0; at < text.length;) {
    let end = last ? last.template.read(text, at, values) : -1;
    if (end < 0) {
      last = growing.find(({ template }) => (end = template.read(text, at, values)) >= 0);
      if (!last) {
        const found = text.indexOf("\n\n", at);
        const frameEnd = found < 0 ? text.length : found + 2;
        const template = Template.of(text.slice(at, frameEnd));
        if (!template) {
          at = frameEnd;
          continue;
        }
        if (growing.length >= MAX_TEMPLATES) return undefined;
        last = { template, values: template.slots.map(() => []), count: 0 };
        end = template.read(text, at, values);
        if (end < 0) {
          last = undefined;
          at = frameEnd;
          continue;
        }
        growing.push(last);
      }
    }
    const own = last!;
    if (from < at) items.push(text.slice(from, at));
    const run = items.at(-1);
    if (typeof run === "object" && run.of === own && run.first + run.count === values[0]) run.count++;
    else {
      items.push({ of: own, at: own.count, count: 1, first: values[0] });
      runs++;
      if (runs > MAX_SHORT_RUNS && samples < runs * MIN_RUN) return undefined;
    }
    for (let i = 2; i < values.length && i < own.values.length; i++) own.values[i].push(values[i]);
    own.count++;
    samples++;
    at = from = end;
  }
  if (from < text.length) items.push(text.slice(from));
  if (samples < runs * MIN_RUN) return undefined;
  const columns = new Map(growing.map((it) => [it, it.values.map((list) => Float64Array.from(list))]));
  return items.map((item): string | Run => {
    if (typeof item === "string") return item;
    const { of, ...run } = item;
    return { template: of.template, columns: columns.get(of)!, ...run };
  });
}
