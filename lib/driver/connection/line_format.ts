import { LabError } from "../../errors.ts";
import { connectionError, quoted } from "./connection_error.ts";

/**
 * The end of a received line: a text; a pause of `idleMs` milliseconds after the last byte; or a fixed length of `bytes`.
 *
 * @example
 * ```ts
 * import type { LineEnd } from "labdaemon/driver";
 *
 * const ends: LineEnd[] = ["\r", { idleMs: 20 }, { bytes: 8 }];
 * console.assert(ends.length === 3);
 * ```
 */
export type LineEnd = string | { idleMs: number } | { bytes: number };

/**
 * A pattern that a line is searched for: a `RegExp`, or the pattern of another engine. Its text stands in messages.
 *
 * @example
 * ```ts
 * import type { LinePattern } from "labdaemon/driver";
 *
 * const pattern: LinePattern = /ready$/;
 * console.assert("ACME ready".search(pattern) === 5);
 * ```
 */
export type LinePattern = Pick<RegExp, typeof Symbol.search>;

/** The encoding of lines. */
export type LineEncoding = "utf-8" | "latin1" | "ascii";

/** A checksum within each line. Both functions get and return lines without their end. */
export interface LineChecksum {
  /** Adds the checksum to a line that is sent. */
  add(line: string): string;
  /** Removes the checksum of a received line. Throw if it is wrong: the caller gets the error. */
  check(line: string): string;
}

/** The form of lines as bytes. */
export interface LineFormatOptions {
  /**
   * The end of each sent line; empty for no end.
   *
   * @default {"\n"}
   */
  terminator?: string;
  /** The end of received lines. By default LF or CR LF; after a `terminator` without LF, the same as that. */
  receivedTerminator?: LineEnd;
  /** The older name of `terminator`. */
  newline?: string;
  /**
   * Bytes or characters that it does not have are an error.
   *
   * @default {"utf-8"}
   */
  encoding?: LineEncoding;
  /**
   * The maximal length of a received line, in bytes. After a longer line the connection counts as lost.
   *
   * @default {65_536}
   */
  maxLineBytes?: number;
  checksum?: LineChecksum;
}

const LF = 10;
const CR = 13;

const LAST_CODE: Partial<Record<LineEncoding, number>> = { ascii: 0x7f, latin1: 0xff };

/** Turns lines into bytes and back. */
export class LineFormat {
  /** The pause that ends a line, in milliseconds, if it ends so. */
  readonly idleMs: number | undefined;
  readonly maxLineBytes: number;
  readonly #sent: string;
  readonly #received: Uint8Array | number | undefined;
  readonly #encoding: LineEncoding;
  readonly #checksum: LineChecksum | undefined;

  constructor(
    { newline = "\n", terminator = newline, receivedTerminator, encoding = "utf-8", maxLineBytes = 65_536, checksum }:
      LineFormatOptions,
  ) {
    this.#sent = terminator;
    this.#encoding = encoding;
    this.maxLineBytes = maxLineBytes;
    this.#checksum = checksum;
    const end = receivedTerminator ?? (terminator.endsWith("\n") ? "\n" : terminator || "\n");
    if (typeof end === "string") this.#received = end === "\n" ? undefined : encode(end, encoding);
    else if ("bytes" in end) this.#received = end.bytes;
    else this.idleMs = end.idleMs;
    if (end === "" || this.#received === 0) {
      throw new LabError("InvalidRequest", "Cannot read lines that have neither an end nor a length");
    }
  }

  /** @throws {LabError} `InvalidRequest`, if the text is not one line, or has characters that the encoding has not. */
  encode(text: string): Uint8Array<ArrayBuffer> {
    if (this.#sent && /[\r\n]/.test(text)) {
      throw new LabError("InvalidRequest", `Cannot send ${JSON.stringify(text)}: it is two lines`);
    }
    return encode((this.#checksum?.add(text) ?? text) + this.#sent, this.#encoding);
  }

  /**
   * The place of the first line in received bytes: the length of its text, and its length with its end. `undefined`
   * while the line is incomplete.
   *
   * @param silentMs The time since the last byte, in milliseconds.
   */
  find(received: Uint8Array, silentMs: number): { text: number; whole: number } | undefined {
    const { length } = received;
    if (this.idleMs !== undefined) {
      return length > 0 && silentMs >= this.idleMs ? { text: length, whole: length } : undefined;
    }
    const end = this.#received;
    if (typeof end === "number") return length >= end ? { text: end, whole: end } : undefined;
    const at = end ? indexOf(received, end) : received.indexOf(LF);
    if (at < 0) return undefined;
    if (end) return { text: at, whole: at + end.length };
    return { text: received[at - 1] === CR ? at - 1 : at, whole: at + 1 };
  }

  /** @throws {Error} with the bytes, if they do not fit the encoding; or the error of the checksum. */
  decode(bytes: Uint8Array): string {
    const text = this.#text(bytes);
    if (!this.#checksum) return text;
    try {
      return this.#checksum.check(text);
    } catch (error) {
      throw connectionError(`Cannot trust ${JSON.stringify(text)}`, error, "ChecksumError");
    }
  }

  #text(bytes: Uint8Array): string {
    const refuse = () => {
      throw new Error(`it sent what is no ${this.#encoding}: ${quoted(bytes)}`);
    };
    if (this.#encoding === "utf-8") {
      try {
        return decoder.decode(bytes);
      } catch {
        return refuse();
      }
    }
    if (this.#encoding === "ascii" && bytes.some((byte) => byte > 0x7f)) refuse();
    // In pieces: a function takes a limited number of arguments.
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return text;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function encode(text: string, encoding: LineEncoding): Uint8Array<ArrayBuffer> {
  const last = LAST_CODE[encoding];
  if (last === undefined) return new TextEncoder().encode(text);
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code <= last) return code;
    throw new LabError("InvalidRequest", `Cannot send ${JSON.stringify(text)}: ${encoding} has no ${character}`);
  });
}

function indexOf(bytes: Uint8Array, end: Uint8Array): number {
  for (let at = bytes.indexOf(end[0]); at >= 0; at = bytes.indexOf(end[0], at + 1)) {
    if (at + end.length > bytes.length) return -1;
    if (end.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
