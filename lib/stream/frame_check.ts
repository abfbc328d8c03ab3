import { isJsonValue, isJsonValueInSteps, STEP_BYTES } from "../format/json_bytes.ts";
import type { Block } from "./block.ts";
import { frameParts } from "./frame.ts";

/** More samples than this, in all, are not lost: a driver must not use up the numbers of its device. */
const MAX_LOSS = 1_000_000_000_000;

/** `2026-11-22T06:25:52.`, the part of a time that many frames share. */
const SECOND_BYTES = 20;

/** The rest of a time. */
const MICROS_BYTES = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Between the microseconds and the payload. */
const MIDDLE = encoder.encode(`Z${frameParts({ deviceId: "", epoch: "" }).payload}`);
const MIDDLE_START = wordAt(MIDDLE, 0);
const MIDDLE_END = wordAt(MIDDLE, MIDDLE.length - 8);

const CLOSE_BRACE = 125;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;

/** `}` and two line ends. */
const TAIL_BYTES = 3;

/**
 * Checks that the blocks of a device contain its own samples and nothing else: each frame begins with the device's head
 * and the next sequence number, and has one value as its payload. So a driver cannot send events of other devices or of
 * other kinds.
 *
 * It compares bytes, 8 at a time, and decodes nothing. Equal as numbers are equal as bytes, because text is never NaN or
 * zero.
 */
export class FrameCheck {
  readonly #parts: { id: string; event: string; time: string };
  #next: number;
  /** The samples that were lost so far. */
  #lost = 0;
  /** The expected beginning of the frame with the number `#sequence`, up to the fraction of its second. */
  #head = new Uint8Array(8);
  #view = new DataView(this.#head.buffer);
  #words = new Float64Array();
  #rest = 0;
  #sequence = -1;
  #second = "";
  /** The number of digits, and where each of the two copies of the number ends. */
  #digits = 0;
  #idEnd = 0;
  #sequenceEnd = 0;

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
      if (!this.#isFrame(bytes, view, start, end) || !isJsonValue(bytes, this.#payload(start), end - TAIL_BYTES)) {
        throw notTheEvent(first + i);
      }
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
        (yield* isJsonValueInSteps(bytes, this.#payload(start), end - TAIL_BYTES));
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

  /** The place of the payload of the frame that begins at `start`. */
  #payload(start: number): number {
    return start + this.#head.length + MICROS_BYTES + MIDDLE.length;
  }

  /** True if all bytes but the payload are those of the next frame. */
  #isFrame(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    const micros = start + this.#head.length;
    const middle = micros + MICROS_BYTES;
    const payload = this.#payload(start);
    const tail = end - TAIL_BYTES;
    if (payload >= tail || end > bytes.length) return false;
    if (!this.#hasHead(view, start) && !this.#takeSecond(bytes, view, start)) return false;
    return areDigits(view.getInt32(micros, true)) && areDigits(view.getInt32(middle - 4, true)) &&
      view.getFloat64(middle, true) === MIDDLE_START && view.getFloat64(payload - 8, true) === MIDDLE_END &&
      bytes[tail] === CLOSE_BRACE && bytes[tail + 1] === NEWLINE && bytes[tail + 2] === NEWLINE;
  }

  #hasHead(view: DataView, start: number): boolean {
    const words = this.#words;
    const last = words.length - 4;
    let at = start;
    let i = 0;
    // Four at a time.
    for (; i <= last; i += 4, at += 32) {
      if (
        view.getFloat64(at, true) !== words[i] || view.getFloat64(at + 8, true) !== words[i + 1] ||
        view.getFloat64(at + 16, true) !== words[i + 2] || view.getFloat64(at + 24, true) !== words[i + 3]
      ) return false;
    }
    for (; i < words.length; i++, at += 8) if (view.getFloat64(at, true) !== words[i]) return false;
    return view.getFloat64(start + this.#rest, true) === this.#view.getFloat64(this.#rest, true);
  }

  /** Takes the second of this frame's time, if it is another one. */
  #takeSecond(bytes: Uint8Array, view: DataView, start: number): boolean {
    const from = this.#head.length - SECOND_BYTES;
    const second = bytes.subarray(start + from, start + this.#head.length);
    this.#second = decoder.decode(second);
    if (!isSecond(this.#second)) return false;
    this.#head.set(second, from);
    return this.#hasHead(view, start);
  }

  #setHead(sequence: number): void {
    const { id, event, time } = this.#parts;
    const untilId = encoder.encode(`${id}${sequence}`);
    const untilSequence = encoder.encode(`${id}${sequence}${event}${sequence}`);
    const head = encoder.encode(`${id}${sequence}${event}${sequence}${time}${this.#second.padEnd(SECOND_BYTES)}`);
    this.#head = head.slice();
    this.#view = new DataView(this.#head.buffer);
    this.#words = new Float64Array(this.#head.buffer, 0, this.#head.length >> 3);
    this.#rest = this.#head.length - 8;
    this.#sequence = sequence;
    this.#digits = String(sequence).length;
    this.#idEnd = untilId.length;
    this.#sequenceEnd = untilSequence.length;
  }

  /** Adds 1 to the number in the head. */
  #increment(): void {
    const head = this.#head;
    let place = 1;
    for (; place <= this.#digits && head[this.#idEnd - place] === NINE; place++) {
      head[this.#idEnd - place] = head[this.#sequenceEnd - place] = ZERO;
    }
    if (place > this.#digits) return this.#setHead(this.#sequence + 1);
    head[this.#idEnd - place]++;
    head[this.#sequenceEnd - place]++;
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

/** True for four digits. */
function areDigits(word: number): boolean {
  return (word & 0xf0f0f0f0) === 0x30303030 && ((word + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(offset, true);
}
