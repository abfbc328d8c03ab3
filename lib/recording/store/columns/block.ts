import type { FrameItem } from "../../../stream/columns/run.ts";
import { runText } from "../../../stream/columns/run_text.ts";

/** A row that a block took the place of. */
export interface BlockPart {
  /** The id that it had. */
  id: number;
  /** The bytes of its frames. */
  size: number;
}

/** Some rows of one device together: the same frames in the same order. */
export interface StoredBlock {
  parts: readonly BlockPart[];
  items: readonly FrameItem[];
}

const encoder = new TextEncoder();

/** The frames of a block. */
export function framesOf({ items }: Pick<StoredBlock, "items">): Uint8Array<ArrayBuffer> {
  return encoder.encode(blockText(items));
}

/** The frames of one of the rows that a block replaced; `undefined` if the block did not replace that row. */
export function partFrames(block: StoredBlock, id: number): Uint8Array | undefined {
  let start = 0;
  for (const part of block.parts) {
    if (part.id === id) return framesOf(block).subarray(start, start + part.size);
    start += part.size;
  }
}

/** Items as text. */
export function blockText(items: readonly FrameItem[]): string {
  let text = "";
  for (const piece of textsOf(items, Infinity)) text += piece;
  return text;
}

/** Items as text, in pieces of at most `maxSamples` samples. */
export function* textsOf(items: readonly FrameItem[], maxSamples: number): Generator<string, void> {
  for (const item of items) {
    if (typeof item === "string") {
      yield item;
      continue;
    }
    for (let done = 0; done < item.count; done += maxSamples) {
      const count = Math.min(maxSamples, item.count - done);
      yield runText({ ...item, at: item.at + done, first: item.first + done, count });
    }
  }
}
