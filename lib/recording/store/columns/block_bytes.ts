import { zstdDecompressSync } from "node:zlib";
import { compress } from "../../../stream/columns/compress.ts";
import { concat } from "../../../format/concat.ts";
import type { FrameItem, Run } from "../../../stream/columns/run.ts";
import { type BlockPart, type StoredBlock, textsOf } from "./block.ts";
import { type NumberForm, packedSize, packNumbers, unpackNumbers } from "../../../stream/columns/number_column.ts";
import { readHead, withHead } from "../../../stream/columns/head_bytes.ts";
import { readFrames } from "../../../stream/columns/read_frames.ts";
import { Template } from "../../../stream/columns/template.ts";

/** The encoding of a block's bytes: compressed by Zstandard, a head as JSON with its size before it, texts, and columns. */
export const BLOCK_ENCODING = "columns+zstd";

/** The part of a block that is JSON. An item is the bytes of a text, or template, count and first sequence number of a run. */
interface Head {
  ids: number[];
  sizes: number[];
  templates: { literals: readonly string[]; slots: Template["slots"]; count: number; forms: NumberForm[] }[];
  items: (number | [template: number, count: number, first: number])[];
}

/** The samples that are checked in one step. */
const CHECKED_SAMPLES = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Rows of one device as one block: the samples that fit as columns, all else as text. Its frames are the very same, which is
 * checked: what would be another text stays text.
 *
 * @throws {Error} for frames that are no UTF-8.
 */
export function makeStoredBlock(rows: readonly { id: number; frames: Uint8Array }[]): StoredBlock {
  const steps = blockSteps(rows);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** {@linkcode makeStoredBlock} in steps of some milliseconds each. */
export function* blockSteps(rows: readonly { id: number; frames: Uint8Array }[]): Generator<void, StoredBlock> {
  const text = decoder.decode(concat(rows.map((row) => row.frames)));
  const items = readFrames(text);
  const parts = rows.map(({ id, frames: { length: size } }) => ({ id, size }));
  if (!items) return { parts, items: [text] };
  let at = 0;
  for (const piece of textsOf(items, CHECKED_SAMPLES)) {
    yield;
    if (!text.startsWith(piece, at)) return { parts, items: [text] };
    at += piece.length;
  }
  return { parts, items: at === text.length ? items : [text] };
}

/** A block in its stored form. */
export function packStoredBlock({ parts, items }: StoredBlock): Uint8Array {
  const runs = new Map<Template, Run[]>();
  for (const item of items) {
    if (typeof item === "string") continue;
    runs.set(item.template, [...runs.get(item.template) ?? [], item]);
  }
  const templates = [...runs.keys()];
  const content: Uint8Array[] = items.flatMap((item) => typeof item === "string" ? [encoder.encode(item)] : []);
  const texts = content.map(({ length }) => length);
  const head: Head = {
    ids: parts.map(({ id }) => id),
    sizes: parts.map(({ size }) => size),
    templates: templates.map((template) => {
      const { literals, slots } = template;
      const [{ columns }] = runs.get(template)!;
      const packed = columns.slice(2).map(packNumbers);
      content.push(...packed.map(({ bytes }) => bytes));
      return { literals, slots, count: columns[2].length, forms: packed.map(({ form }) => form) };
    }),
    items: items.map((item) =>
      typeof item === "string" ? texts.shift()! : [templates.indexOf(item.template), item.count, item.first]
    ),
  };
  return compress(withHead(head, content));
}

/** The block of {@linkcode packStoredBlock}. */
export function unpackStoredBlock(packed: Uint8Array): StoredBlock {
  const { buffer, byteOffset, length } = zstdDecompressSync(packed);
  const bytes = new Uint8Array(buffer, byteOffset, length);
  const { head, end } = readHead<Head>(bytes);
  let at = end;
  const take = (size: number) => bytes.subarray(at, at += size);
  const texts = head.items.flatMap((item) => typeof item === "number" ? [decoder.decode(take(item))] : []);
  const none = new Float64Array();
  const templates = head.templates.map(({ literals, slots, count, forms }) => ({
    template: new Template(literals, slots),
    columns: [none, none, ...forms.map((form) => unpackNumbers(form, take(packedSize(form, count))))],
    read: 0,
  }));
  const parts = head.ids.map((id, i): BlockPart => ({ id, size: head.sizes[i] }));
  const items = head.items.map((item): FrameItem => {
    if (typeof item === "number") return texts.shift()!;
    const [number, count, first] = item;
    const of = templates[number];
    const at = of.read;
    of.read += count;
    return { template: of.template, columns: of.columns, at, count, first };
  });
  return { parts, items };
}
