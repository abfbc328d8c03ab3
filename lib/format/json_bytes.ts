/** The limit of arrays and objects inside each other in what a driver sends: parsers of other languages fail on more. */
export const MAX_DRIVER_JSON_DEPTH = 256;

const PLAIN = 0;
const CONTROL = 1;
const QUOTE = 2;
const BACKSLASH = 3;
const OPEN = 4;
const CLOSE = 5;

/** The class of each byte outside of strings. */
const CLASS = new Uint8Array(256);
CLASS.fill(CONTROL, 0, 32);
CLASS['"'.charCodeAt(0)] = QUOTE;
for (const char of "[{") CLASS[char.charCodeAt(0)] = OPEN;
for (const char of "]}") CLASS[char.charCodeAt(0)] = CLOSE;

/** The class of each byte in a string. */
const IN_STRING = new Uint8Array(256);
IN_STRING.fill(CONTROL, 0, 32);
IN_STRING['"'.charCodeAt(0)] = QUOTE;
IN_STRING["\\".charCodeAt(0)] = BACKSLASH;

/** 1 for the bytes of numbers and of `true`, `false` and `null`. */
const SCALAR = new Uint8Array(256);
for (const char of "0123456789+-.eEtrufalsn") SCALAR[char.charCodeAt(0)] = 1;

/**
 * True if the bytes are one value in the form of JSON: closed, on one line, not nested deeper than
 * {@linkcode MAX_DRIVER_JSON_DEPTH}, with nothing behind it. Such bytes do not end an object or a line that they stand in.
 *
 * About 0.5 ns for a byte, and nothing is allocated. The values between brackets and commas are not checked: a parser
 * may still refuse the text.
 */
export function isJsonValue(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to) return false;
  let i = from;
  if (CLASS[bytes[i]] === PLAIN) {
    for (; i + 4 <= to; i += 4) {
      if ((SCALAR[bytes[i]] & SCALAR[bytes[i + 1]] & SCALAR[bytes[i + 2]] & SCALAR[bytes[i + 3]]) === 0) return false;
    }
    for (; i < to; i++) if (SCALAR[bytes[i]] === 0) return false;
    return true;
  }
  let depth = 0;
  do {
    switch (CLASS[bytes[i++]]) {
      case PLAIN:
        while (
          i + 4 <= to && (CLASS[bytes[i]] | CLASS[bytes[i + 1]] | CLASS[bytes[i + 2]] | CLASS[bytes[i + 3]]) === 0
        ) {
          i += 4;
        }
        break;
      case QUOTE:
        i = endOfString(bytes, i, to);
        if (i > to) return false;
        break;
      case OPEN:
        if (++depth > MAX_DRIVER_JSON_DEPTH) return false;
        break;
      case CLOSE:
        depth--;
        break;
      default:
        return false;
    }
    if (depth <= 0) return depth === 0 && i === to;
  } while (i < to);
  return false;
}

/** The high bit of each of four bytes, and the bytes that are compared with. */
const HIGH = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;

/**
 * Bytes as words of four: scanning a long text, such as an array in base64, takes a fifth of the time of single bytes.
 */
class Words {
  readonly #words: Int32Array;
  /** The bytes before the first word. */
  readonly #before: number;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#before = -byteOffset & 3;
    this.#words = new Int32Array(buffer, byteOffset + this.#before, Math.max(0, byteLength - this.#before) >> 2);
  }

  /** Skips words without a quote, a backslash and a control character. Skips none if `from` is not aligned. */
  skipText(from: number, to: number): number {
    const place = from - this.#before;
    if ((place & 3) !== 0) return from;
    const words = this.#words;
    const end = (to - this.#before) >> 2;
    let i = place >> 2;
    for (; i < end; i++) {
      const word = words[i];
      // If a byte is less than the one subtracted, its high bit is set. `~word` leaves out bytes that are not ASCII.
      if (((word - SPACES | (word ^ QUOTES) - ONES | (word ^ BACKSLASHES) - ONES) & ~word & HIGH) !== 0) break;
    }
    return this.#before + i * 4;
  }
}

/** The bytes that are checked in a row: some 2 ms at most. */
export const STEP_BYTES = 256 * 1024;

/**
 * {@linkcode isJsonValue} for a large value, in steps: between them the event loop can have its turn. A value of 60 MB is
 * checked for 100 ms and more.
 */
export function* isJsonValueInSteps(bytes: Uint8Array, from: number, to: number): Generator<void, boolean> {
  if (to - from <= STEP_BYTES) return isJsonValue(bytes, from, to);
  // No number is this long.
  if (CLASS[bytes[from]] === PLAIN) return false;
  let depth = 0;
  let isString = false;
  const words = new Words(bytes);
  for (let i = from; i < to; yield) {
    for (const end = Math.min(i + STEP_BYTES, to); i < end; i++) {
      if (isString) i = words.skipText(i, end);
      if (i >= end) break;
      const found = isString ? IN_STRING[bytes[i]] : CLASS[bytes[i]];
      if (found === PLAIN) continue;
      if (found === QUOTE) isString = !isString;
      else if (found === BACKSLASH) i++;
      else if (found === OPEN) depth++;
      else if (found === CLOSE) depth--;
      else return false;
      if (depth > MAX_DRIVER_JSON_DEPTH) return false;
      if (depth <= 0 && !isString) return depth === 0 && i === to - 1;
    }
  }
  return false;
}

/** True for `[` and `{`. */
export const isOpening = (byte: number): boolean => CLASS[byte] === OPEN;

/** True for `]` and `}`. */
export const isClosing = (byte: number): boolean => CLASS[byte] === CLOSE;

/**
 * The place behind the closing quote of a string; beyond `to` if it has none, or holds a line end.
 *
 * @param from The place behind the opening quote.
 */
export function endOfString(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  // Making `Words` takes as long as 256 bytes, and most strings are shorter.
  let longFrom = from + 256;
  while (i < to) {
    while (
      i + 4 <= to &&
      (IN_STRING[bytes[i]] | IN_STRING[bytes[i + 1]] | IN_STRING[bytes[i + 2]] | IN_STRING[bytes[i + 3]]) === 0
    ) {
      i += 4;
      if (i < longFrom) continue;
      const words = new Words(bytes);
      for (let n = 0; n < 4 && i < to && IN_STRING[bytes[i]] === PLAIN; n++) i = Math.max(i + 1, words.skipText(i, to));
      longFrom = i + 4096;
    }
    const found = IN_STRING[bytes[i++]];
    if (found === QUOTE) return i;
    if (found === CONTROL) break;
    if (found === BACKSLASH) i++;
  }
  return to + 1;
}
