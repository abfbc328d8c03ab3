/** Marks a sample: it occurs once in each sample's event, and in no other event. */
const MARK = new TextEncoder().encode('"sequence":');
const COLON = MARK[MARK.length - 1];

/** The number of bytes that the search may skip when the byte under the mark's end is this one (Horspool). */
const STRIDE = new Uint8Array(256).fill(MARK.length);
MARK.slice(0, -1).forEach((byte, i) => STRIDE[byte] = MARK.length - 1 - i);

/** From a sequence number to the next mark there are at least so many bytes: timestamp, payload, the next event's head. */
const NEAREST = 90;

/** A sample counts when so much of what follows its number is there, or its end: the stamp can then be read. */
const STAMPED = 96;

/** The maximum kept for the next window. A gap and the state after it are far shorter. */
const MAX_KEPT_BYTES = 2048;

const NEWLINE = 10;
const GAP = /"from":(\d+),"to":(\d+),"lost":(\d+)/g;
const decoder = new TextDecoder();

/** Called with a sample's number and the index after it. */
export type SampleListener = (sequence: number, bytes: Uint8Array, end: number) => void;

/**
 * Checks the order of one device's events on one stream without parsing them, some 30 ns each: every sequence number is
 * looked at, and where one is missing, the `gap` event before it must say so exactly.
 *
 * It receives windows of bytes as they arrived. A window may end anywhere; see {@linkcode scan}.
 */
export class FrameScanner {
  /** The first number seen, and the number that must come next. */
  first: number | undefined;
  next: number | undefined;
  received = 0;
  /** Missing samples that a gap reports, and those that none reports. */
  lost = 0;
  unreported = 0;
  /** Numbers that came again or too late. */
  repeated = 0;
  /** `gap` events that match the missing numbers. */
  gaps = 0;

  readonly #onSample: SampleListener | undefined;

  constructor(onSample?: SampleListener) {
    this.#onSample = onSample;
  }

  /**
   * Looks at `bytes` up to `end`.
   *
   * @returns the offset from which the bytes must stand at the beginning of the next window.
   */
  scan(bytes: Uint8Array, end: number): number {
    let from = 0;
    let at = MARK.length - 1;
    while (at < end) {
      const byte = bytes[at];
      if (byte !== COLON || !isMark(bytes, at)) {
        at += STRIDE[byte];
        continue;
      }
      let after = at + 1;
      let sequence = 0;
      for (; after < end && bytes[after] >= 48 && bytes[after] <= 57; after++) {
        sequence = sequence * 10 + bytes[after] - 48;
      }
      if (end - after < STAMPED && !isWhole(bytes, after, end)) break;
      this.#sample(sequence, bytes, from, at);
      this.#onSample?.(sequence, bytes, after);
      from = after;
      at = after + NEAREST;
    }
    return Math.max(from, end - MAX_KEPT_BYTES);
  }

  #sample(sequence: number, bytes: Uint8Array, from: number, to: number): void {
    this.first ??= sequence;
    this.next ??= sequence;
    if (sequence < this.next) {
      this.repeated++;
      return;
    }
    if (sequence > this.next) this.#missing(sequence, decoder.decode(bytes.subarray(from, to)));
    this.received++;
    this.next = sequence + 1;
  }

  /** Numbers are missing before `sequence`; a gap between the two samples must report them. */
  #missing(sequence: number, between: string): void {
    let next = this.next!;
    for (const [, from, to, lost] of between.matchAll(GAP)) {
      if (Number(from) !== next || Number(to) - next + 1 !== Number(lost) || Number(to) >= sequence) continue;
      next = Number(to) + 1;
      this.gaps++;
    }
    this.lost += next - this.next!;
    this.unreported += sequence - next;
  }
}

function isMark(bytes: Uint8Array, at: number): boolean {
  for (let i = MARK.length - 2, j = at - 1; i >= 0; i--, j--) if (bytes[j] !== MARK[i]) return false;
  return true;
}

function isWhole(bytes: Uint8Array, from: number, end: number): boolean {
  const newline = bytes.indexOf(NEWLINE, from);
  return newline >= 0 && newline < end;
}
