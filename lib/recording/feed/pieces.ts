import { concat } from "../../format/concat.ts";

/** Larger pieces are written without a copy. */
const MAX_COPIED_BYTES = 64 * 1024;

/** The parts in fewer pieces: small ones together, large ones as they are. */
export function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array, void> {
  let small: Uint8Array[] = [];
  for (const part of parts) {
    if (part.length <= MAX_COPIED_BYTES) small.push(part);
    else {
      if (small.length > 0) yield concat(small);
      small = [];
      yield part;
    }
  }
  if (small.length > 0) yield concat(small);
}
