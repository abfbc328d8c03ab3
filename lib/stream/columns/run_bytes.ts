import type { Run } from "./run.ts";
import { runText } from "./run_text.ts";
import { timeTextOf } from "./template.ts";

/** The digits of a time behind its second. */
const FRACTION_CHARS = 6;

/** The maximum length of a number as text. */
const MAX_NUMBER_CHARS = 32;

/** The first slots, two sequence numbers and the time, which differ from the last sample's in a few digits only. */
const HEAD_SLOTS = 3;

const [ZERO, NINE] = [48, 57];

const encoder = new TextEncoder();

/** The frames of a run as bytes: the same as its text in UTF-8, without the text. */
export function runBytes(run: Run): Uint8Array<ArrayBuffer> {
  const { template: { literals, slots }, columns, at, count, first } = run;
  // Only in a file that another program has written.
  if (slots[HEAD_SLOTS - 1] !== "time") return encoder.encode(runText(run));
  const parts = literals.map((literal) => encoder.encode(literal));
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const out = new Uint8Array(count * (size + slots.length * MAX_NUMBER_CHARS));
  const times = columns[HEAD_SLOTS - 1];
  let end = 0;
  let start = 0;
  /** The size of the last sample's head, and the second of its time. */
  let headBytes = 0;
  let second = NaN;
  for (let i = 0; i < count; i++) {
    const time = times[at + i];
    const fraction = time - second * 1e6;
    if (fraction >= 0 && fraction < 1e6 && digitsOf(first + i) === digitsOf(first + i - 1)) {
      out.copyWithin(end, start, start + headBytes);
      start = end;
      const firstEnd = start + parts[0].length + digitsOf(first + i);
      increment(out, firstEnd - 1);
      increment(out, firstEnd + parts[1].length + digitsOf(first + i) - 1);
      end += headBytes;
      writeDigits(out, end - 1 - FRACTION_CHARS, fraction, FRACTION_CHARS);
    } else {
      start = end;
      end = copy(out, end, parts[0]);
      end = writeNumber(out, end, first + i);
      end = copy(out, end, parts[1]);
      end = writeNumber(out, end, first + i);
      end = copy(out, end, parts[2]);
      end = writeText(out, end, timeTextOf(time));
      headBytes = end - start;
      second = Math.floor(time / 1e6);
    }
    for (let slot = HEAD_SLOTS; slot < slots.length; slot++) {
      end = copy(out, end, parts[slot]);
      const value = columns[slot][at + i];
      end = slots[slot] === "time" ? writeText(out, end, timeTextOf(value)) : writeNumber(out, end, value);
    }
    end = copy(out, end, parts[slots.length]);
  }
  return out.subarray(0, end);
}

/** The decimal digits of a whole number. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Adds 1 to the number whose last digit is at `last`. The result has as many digits. */
function increment(out: Uint8Array, last: number): void {
  let at = last;
  for (; out[at] === NINE; at--) out[at] = ZERO;
  out[at]++;
}

function copy(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes;
  // For a few bytes, a loop is faster than a call.
  if (length > 64) out.set(bytes, at);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i];
  return at + length;
}

/** Writes a number as JSON has it, NaN as null. Returns the place behind the number. */
function writeNumber(out: Uint8Array, at: number, value: number): number {
  if (value !== value) return writeText(out, at, "null");
  if (value !== (value | 0) || value < 0) return writeText(out, at, String(value));
  const digits = digitsOf(value);
  writeDigits(out, at, value, digits);
  return at + digits;
}

function writeDigits(out: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tens = (rest / 10) | 0;
    out[place] = ZERO + rest - tens * 10;
    rest = tens;
  }
}

/** Writes characters of ASCII. Returns the place behind them. */
function writeText(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
