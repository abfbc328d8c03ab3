import { isJsonValue, isJsonValueInSteps, STEP_BYTES } from "../format/json_bytes.ts";
import type { Block } from "./block.ts";
import { frameParts } from "./frame.ts";

/** The limit of lost samples in all: a driver must not use up the sequence numbers of its device. */
const MAX_LOSS = 1_000_000_000_000;

/** `2026-11-22T06:25:52.`, the part of a time that many frames share. */
const SECOND_BYTES = 20;

/** The rest of a time. */
const MICROS_BYTES = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Between the microseconds and the payload. */
const MIDDLE = encoder.encode(`Z${frameParts({ deviceId: "", epoch: "" }).payload}`);
const MIDDLE_BYTES = MIDDLE.length;
const MIDDLE_START = wordAt(MIDDLE, 0);
const MIDDLE_END = wordAt(MIDDLE, MIDDLE.length - 8);

/** The middle of a frame with a time of the instrument's: the texts of `frameMiddle`, and two numbers. */
const TIMED = /^Z"(?:,"dt":\d+(?:\.\d+)?(?:e[-+]\d+)?)?,"received":"(.{20})\d{6}Z","payload":/;

/** The maximum size of such a text. */
const MAX_TIMED_BYTES = 110;

const ZERO = 48;
const NINE = 57;

/** `}` and two line ends; as a number. */
const TAIL_BYTES = 3;
const TAIL = 0x0a0a7d;

/** 1 for the bytes of numbers. */
const IN_NUMBER = new Uint8Array(256);
for (const char of "0123456789+-.eE") IN_NUMBER[char.charCodeAt(0)] = 1;

/**
 * Checks that the blocks of a device contain its own samples and nothing else: each frame begins with the device's head
 * and the next sequence number, and has one value as its payload. So a driver cannot send events of other devices or of
 * other kinds.
 *
 * The check compares words of 8 bytes as numbers, and decodes no frame. Equal numbers are equal bytes, because text is
 * never NaN or zero. The words are in a plain list, which compares a third faster than a typed array.
 */
export class FrameCheck {
  readonly #parts: { id: string; event: string; time: string };
  #next: number;
  /** The samples that were lost so far. */
  #lost = 0;
  /** The expected beginning of the frame with the number `#sequence`, up to the fraction of its second. */
  #head = new Uint8Array(8);
  /** The memory of `#head` in words of 8 bytes; the words as numbers; and the last 8 bytes. */
  #memory = new Float64Array();
  #words: number[] = [];
  #rest = 0;
  #lastWord = 0;
  #beforeMiddle = 0;
  /** The bytes between the time and the payload of the last sample with a time of the instrument's, as `#words`. */
  #timedWords: number[] = [];
  #timedBytes = Infinity;
  #timedLast = NaN;
  /** The place of the payload in the frame that was looked at last. */
  #payload = 0;
  #sequence = -1;
  #second = "";
  /** The number of digits, and the place of the last one in each of the two copies of the number. */
  #digits = 0;
  #idDigit = 0;
  #sequenceDigit = 0;

  /** @param next The sequence number of the first sample. */
  constructor(deviceId: string, epoch: string, next: number) {
    this.#parts = frameParts({ deviceId, epoch });
    this.#next = next;
  }

  /** Samples before `next` are lost. @throws {RangeError} if they have arrived. */
  lost(next: number): void {
    this.#advance(next, next);
  }

  /** @throws {RangeError} if a frame is not the device's, or not the next one. */
  check({ first, ends, bytes }: Block): void {
    const view = this.#begin(first, ends, bytes);
    const { length } = ends;
    let start = 0;
    for (let i = 0; i < length; i++) {
      const end = ends[i];
      const tail = end - TAIL_BYTES;
      if (
        !this.#isFrame(bytes, view, start, end) ||
        !isNumber(bytes, view, this.#payload, tail) && !isJsonValue(bytes, this.#payload, tail)
      ) throw notTheEvent(first + i);
      start = end;
      this.#increment();
    }
  }

  /**
   * {@linkcode check} for a large block, in steps: between them the event loop can have its turn.
   *
   * @throws {RangeError} as `check` does.
   */
  *checkInSteps({ first, ends, bytes }: Block): Generator<void, void> {
    const view = this.#begin(first, ends, bytes);
    let start = 0;
    let step = 0;
    for (const [i, end] of ends.entries()) {
      const isFrame = this.#isFrame(bytes, view, start, end) &&
        (yield* isJsonValueInSteps(bytes, this.#payload, end - TAIL_BYTES));
      if (!isFrame) throw notTheEvent(first + i);
      start = end;
      this.#increment();
      if (end - step < STEP_BYTES) continue;
      step = end;
      yield;
    }
  }

  #begin(first: number, ends: Uint32Array, bytes: Uint8Array): DataView {
    this.#advance(first, first + ends.length);
    if (this.#sequence !== first) this.#setHead(first);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #advance(from: number, to: number): void {
    const lost = from - this.#next;
    this.#lost += lost;
    if (lost < 0 || this.#lost > MAX_LOSS || !Number.isSafeInteger(to)) {
      throw new RangeError(`Cannot continue with sample ${from}: the next one is ${this.#next}`);
    }
    this.#next = to;
  }

  /** True if all bytes but the payload are those of the next frame. */
  #isFrame(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    const middle = start + this.#beforeMiddle;
    const payload = middle + MIDDLE_BYTES;
    if (payload >= end - TAIL_BYTES || end > bytes.length) return false;
    if (!this.#hasHead(view, start) && !this.#takeSecond(bytes, view, start)) return false;
    if (view.getFloat64(middle, true) === MIDDLE_START && view.getFloat64(payload - 8, true) === MIDDLE_END) {
      this.#payload = payload;
    } else if (!this.#hasTimed(bytes, view, middle, end - TAIL_BYTES)) return false;
    return areDigits(view.getInt32(middle - MICROS_BYTES, true)) && areDigits(view.getInt32(middle - 4, true)) &&
      view.getInt32(end - 4, true) >>> 8 === TAIL;
  }

  /** True if the middle of a sample with an instrument's time stands here. All samples of a block have the same. */
  #hasTimed(bytes: Uint8Array, view: DataView, middle: number, tail: number): boolean {
    if (!this.#isTimed(view, middle, tail)) {
      const [text, second] = TIMED.exec(decoder.decode(bytes.subarray(middle, middle + MAX_TIMED_BYTES))) ?? [];
      if (text === undefined || middle + text.length >= tail || !isSecond(second!)) return false;
      const words = new Float64Array(bytes.slice(middle, middle + text.length).buffer, 0, text.length >> 3);
      this.#timedWords = Array.from(words);
      this.#timedBytes = text.length;
      this.#timedLast = view.getFloat64(middle + text.length - 8, true);
    }
    this.#payload = middle + this.#timedBytes;
    return true;
  }

  #isTimed(view: DataView, middle: number, tail: number): boolean {
    if (middle + this.#timedBytes >= tail) return false;
    const words = this.#timedWords;
    let at = middle;
    for (let i = 0; i < words.length; i++, at += 8) if (view.getFloat64(at, true) !== words[i]) return false;
    return view.getFloat64(middle + this.#timedBytes - 8, true) === this.#timedLast;
  }

  #hasHead(view: DataView, start: number): boolean {
    const words = this.#words;
    let at = start;
    for (let i = 0; i < words.length; i++, at += 8) if (view.getFloat64(at, true) !== words[i]) return false;
    return view.getFloat64(start + this.#rest, true) === this.#lastWord;
  }

  /** Takes the second of this frame's time, if it is another one. */
  #takeSecond(bytes: Uint8Array, view: DataView, start: number): boolean {
    const from = this.#head.length - SECOND_BYTES;
    const second = bytes.subarray(start + from, start + this.#head.length);
    this.#second = decoder.decode(second);
    if (!isSecond(this.#second)) return false;
    this.#head.set(second, from);
    this.#readWords();
    return this.#hasHead(view, start);
  }

  #setHead(sequence: number): void {
    const { id, event, time } = this.#parts;
    const untilId = encoder.encode(`${id}${sequence}`);
    const untilSequence = encoder.encode(`${id}${sequence}${event}${sequence}`);
    const head = encoder.encode(`${id}${sequence}${event}${sequence}${time}${this.#second.padEnd(SECOND_BYTES)}`);
    this.#head = head.slice();
    this.#memory = new Float64Array(this.#head.buffer, 0, this.#head.length >> 3);
    this.#rest = head.length - 8;
    this.#beforeMiddle = head.length + MICROS_BYTES;
    this.#sequence = sequence;
    this.#digits = String(sequence).length;
    this.#idDigit = untilId.length - 1;
    this.#sequenceDigit = untilSequence.length - 1;
    this.#readWords();
  }

  #readWords(): void {
    this.#words = Array.from(this.#memory);
    this.#lastWord = wordAt(this.#head, this.#head.length - 8);
  }

  /** Adds 1 to the number in the head. */
  #increment(): void {
    const head = this.#head;
    const id = this.#idDigit;
    const digit = head[id] + 1;
    if (digit > NINE) return this.#carry();
    const sequence = this.#sequenceDigit;
    head[id] = head[sequence] = digit;
    this.#words[id >> 3] = this.#memory[id >> 3];
    this.#words[sequence >> 3] = this.#memory[sequence >> 3];
    this.#sequence++;
  }

  /** {@linkcode #increment} where the last digit is a nine. */
  #carry(): void {
    const head = this.#head;
    let nines = 1;
    while (nines < this.#digits && head[this.#idDigit - nines] === NINE) nines++;
    if (nines === this.#digits) return this.#setHead(this.#sequence + 1);
    for (let i = 0; i < nines; i++) head[this.#idDigit - i] = head[this.#sequenceDigit - i] = ZERO;
    head[this.#idDigit - nines]++;
    head[this.#sequenceDigit - nines]++;
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = this.#memory[i];
    this.#sequence++;
  }
}

function notTheEvent(sequence: number): RangeError {
  return new RangeError(`Cannot take sample ${sequence}: its bytes are not the event of this sample and device`);
}

/** True for a second that there is: a reader's parser fails on the 31st of February. */
function isSecond(text: string): boolean {
  const time = Date.parse(`${text}000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** True for bytes that all occur in numbers: a quick check of the most frequent payload. */
function isNumber(bytes: Uint8Array, view: DataView, from: number, to: number): boolean {
  let i = from;
  while (i <= to - 4) {
    if (areDigits(view.getInt32(i, true))) i += 4;
    else if (IN_NUMBER[bytes[i++]] === 0) return false;
  }
  while (i < to) if (IN_NUMBER[bytes[i++]] === 0) return false;
  return true;
}

/** True for four digits. */
function areDigits(word: number): boolean {
  return (word & 0xf0f0f0f0) === 0x30303030 && ((word + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(offset, true);
}
