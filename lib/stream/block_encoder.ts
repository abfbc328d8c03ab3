import { prefixOf } from "../async/clock.ts";
import { packBlock, type PackedBlock } from "./block.ts";
import { type FrameHead, frameParts } from "./frame.ts";

/** The maximum length of a number as text: `-1.2345678901234567e-300`. */
const MAX_NUMBER_BYTES = 25;

/** The digits of the fraction of a second, in microseconds. */
const FRACTION_DIGITS = 6;

/** `}` and two line ends. */
const TAIL_BYTES = 3;

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const NULL = 0x6c6c756e;

const encoder = new TextEncoder();

/** The samples to encode: numbers of one or several channels, at equal distances. */
export interface EncodedSamples {
  /** The sequence number of the first sample. */
  first: number;
  /** The time of value 0 in microseconds since 1970, and from one value to the next. */
  start: number;
  dt: number;
  /** The text between the time and the payload. */
  middle: string;
  /** The channels, and the text of a payload around them: before each number, and behind the last. */
  channels: readonly ArrayLike<number>[];
  texts: readonly string[];
}

/**
 * Encodes many numeric samples as frames, directly into bytes: the parts that all frames share are copied, and only the
 * digits that change are written. This takes a tenth of the time of joining texts, except for fractions.
 */
export class BlockEncoder {
  readonly #parts: ReturnType<typeof frameParts>;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(head: FrameHead) {
    this.#parts = frameParts(head);
  }

  /**
   * Encodes the values from number `from` on, up to `maxBytes`.
   *
   * @returns the block, and the number of the value behind its last one.
   */
  encode(samples: EncodedSamples, from: number, maxBytes: number): { block: PackedBlock; to: number } {
    const { channels, texts, start, dt, middle } = samples;
    const { id, event, time } = this.#parts;
    const { length } = channels[0];
    const first = samples.first + from;
    let sequence = first;
    let second = NaN;
    let head = new Uint8Array();
    let [digits, idEnd, sequenceEnd, secondAt] = [0, 0, 0, 0];
    const payloadTexts = texts.map((text) => encoder.encode(text));
    const frameBytes = this.#headBytes(first + length, middle) + TAIL_BYTES +
      payloadTexts.reduce((sum, { length }) => sum + length + MAX_NUMBER_BYTES, 0);
    this.#reserve(maxBytes + frameBytes);
    const ends: number[] = [];
    this.#at = 0;
    let i = from;
    for (; i < length && this.#at < maxBytes; i++, sequence++) {
      const micros = Math.round(start + i * dt);
      const whole = Math.floor(micros / 1e6);
      if (!increment(head, idEnd, sequenceEnd, digits)) {
        const untilId = `${id}${sequence}`;
        const untilSequence = `${untilId}${event}${sequence}`;
        const untilTime = `${untilSequence}${time}`;
        head = encoder.encode(`${untilTime}${prefixOf(whole)}000000Z${middle}`);
        digits = String(sequence).length;
        idEnd = encoder.encode(untilId).length;
        sequenceEnd = encoder.encode(untilSequence).length;
        secondAt = encoder.encode(untilTime).length;
        second = whole;
      } else if (whole !== second) {
        encoder.encodeInto(prefixOf(whole), head.subarray(secondAt));
        second = whole;
      }
      writeDigits(head, secondAt + 20, micros - whole * 1e6);
      this.#bytes.set(head, this.#at);
      this.#at += head.length;
      for (let c = 0; c < channels.length; c++) {
        if (payloadTexts[c].length > 0) this.#copy(payloadTexts[c]);
        this.#number(channels[c][i]);
      }
      if (payloadTexts[channels.length].length > 0) this.#copy(payloadTexts[channels.length]);
      this.#bytes[this.#at] = 125;
      this.#bytes[this.#at + 1] = this.#bytes[this.#at + 2] = 10;
      this.#at += TAIL_BYTES;
      ends.push(this.#at);
    }
    return { block: packBlock(first, ends, this.#bytes.subarray(0, this.#at)), to: i };
  }

  #headBytes(sequence: number, middle: string): number {
    const { id, event, time } = this.#parts;
    return encoder.encode(`${id}${sequence}${event}${sequence}${time}${middle}`).length + 21 + FRACTION_DIGITS;
  }

  #reserve(size: number): void {
    if (this.#bytes.length >= size) return;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #copy(bytes: Uint8Array): void {
    const at = this.#at;
    for (let i = 0; i < bytes.length; i++) this.#bytes[at + i] = bytes[i];
    this.#at = at + bytes.length;
  }

  /** Writes a number as `String` formats it; `null` if it is not finite. */
  #number(value: number): void {
    if (Number.isInteger(value) && value < 1e9 && value > -1e9) return this.#integer(value);
    if (!Number.isFinite(value)) {
      this.#view.setUint32(this.#at, NULL, true);
      this.#at += 4;
      return;
    }
    const text = String(value);
    const at = this.#at;
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    this.#at = at + text.length;
  }

  #integer(value: number): void {
    const bytes = this.#bytes;
    if (value < 0) {
      bytes[this.#at++] = MINUS;
      value = -value;
    }
    let digits = 1;
    for (let limit = 10; limit <= value; limit *= 10) digits++;
    let rest = value | 0;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = (rest / 10) | 0;
      bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#at += digits;
  }
}

/**
 * Adds 1 to both copies of the number in a head.
 *
 * @param digits The number of digits.
 * @returns false if the number becomes longer: the head is to be made again.
 */
function increment(head: Uint8Array, idEnd: number, sequenceEnd: number, digits: number): boolean {
  let place = 1;
  for (; place <= digits && head[idEnd - place] === NINE; place++) {
    head[idEnd - place] = head[sequenceEnd - place] = ZERO;
  }
  if (place > digits) return false;
  head[idEnd - place]++;
  head[sequenceEnd - place]++;
  return true;
}

/** Writes a fraction of six digits. */
function writeDigits(bytes: Uint8Array, at: number, value: number): void {
  let rest = value | 0;
  for (let i = at + FRACTION_DIGITS - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    bytes[i] = ZERO + rest - next * 10;
    rest = next;
  }
}
