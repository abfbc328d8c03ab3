import { readHead, withHead } from "./head_bytes.ts";
import { type NumberForm, packedSize, packNumbers, unpackNumbers } from "./number_column.ts";
import type { Run } from "./run.ts";
import { type Slot, Template } from "./template.ts";

/** The slots of the sequence numbers: these follow each other, and have no column. */
const SEQUENCES = 2;

/** The part of a packed run that is JSON. The columns are behind it, in the order of the slots. */
interface Head {
  literals: readonly string[];
  slots: readonly Slot[];
  first: number;
  count: number;
  forms: NumberForm[];
}

/** A run as bytes, which are to be compressed: the size of a head, the head as JSON, and its columns. */
export function packRun({ template: { literals, slots }, columns, at, count, first }: Run): Uint8Array {
  const packed = columns.slice(SEQUENCES).map((column) => packNumbers(column.subarray(at, at + count)));
  const head: Head = { literals, slots, first, count, forms: packed.map(({ form }) => form) };
  return withHead(head, packed.map(({ bytes }) => bytes));
}

/**
 * Reverses {@linkcode packRun}.
 *
 * @param maxBytes The limit of the run as frames.
 * @throws {Error} if the bytes are damaged, or the run is larger.
 */
export function unpackRun(bytes: Uint8Array, maxBytes: number): Run {
  const { head: { literals, slots, first, count, forms }, end } = readHead<Head>(bytes);
  const template = new Template(literals, slots);
  const sizes = forms.map((form) => packedSize(form, count));
  const isWhole = forms.length === slots.length - SEQUENCES && literals.length === slots.length + 1;
  if (!isWhole || end + sizes.reduce((sum, size) => sum + size, 0) !== bytes.length) {
    throw new Error("its columns are damaged");
  }
  if (count * template.chars > maxBytes) throw new Error("it has too many samples");
  const none = new Float64Array();
  let at = end;
  const columns = forms.map((form, i) => unpackNumbers(form, bytes.subarray(at, at += sizes[i])));
  return { template, columns: [none, none, ...columns], at: 0, count, first };
}
