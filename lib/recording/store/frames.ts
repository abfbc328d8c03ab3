/** The time of an event, where every event has it: behind its name and its device. */
const TIME = /"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z"/;

/** The bytes in which the time of an event stands. */
const HEAD_BYTES = 400;

const decoder = new TextDecoder();

/** The time of the first event in some frames, in nanoseconds since 1970; `undefined` if it has none. */
export function timeOf(frames: Uint8Array): bigint | undefined {
  const found = TIME.exec(decoder.decode(frames.subarray(0, HEAD_BYTES)));
  return found ? BigInt(Date.parse(`${found[1]}Z`)) * 1_000_000n + BigInt(found[2]) * 1000n : undefined;
}

let knownSecond = "";
let knownMicroseconds = 0;

/** Microseconds since 1970 of a time as events have it, `2026-11-26T08:00:00.000000Z`; NaN for any other text. */
function eventMicroseconds(text: string): number {
  if (text.length !== 27 || text[19] !== "." || text[26] !== "Z") return NaN;
  const second = text.slice(0, 19);
  // The events of a second follow each other.
  if (second !== knownSecond) {
    knownMicroseconds = Date.parse(`${second}Z`) * 1000;
    knownSecond = second;
  }
  const digits = text.slice(20, 26);
  return /^\d{6}$/.test(digits) ? knownMicroseconds + Number(digits) : NaN;
}

/** Nanoseconds since 1970 of a time in RFC 3339, with up to nine digits of a second. `undefined` for any other text. */
export function nanoseconds(text: string): bigint | undefined {
  const known = eventMicroseconds(text);
  if (!Number.isNaN(known)) return BigInt(known) * 1000n;
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const ms = found ? Date.parse(`${found[1]}${found[3]}`) : NaN;
  if (!found || Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt((found[2] ?? "").padEnd(9, "0"));
}

/** One event of a stored row: its name, and its data as JSON text. */
export interface StoredFrame {
  event: string;
  data: string;
}

/** Cuts frames into events. Comments have none. */
export function* splitFrames(frames: Uint8Array | string): Generator<StoredFrame, void> {
  for (const frame of (typeof frames === "string" ? frames : decoder.decode(frames)).split("\n\n")) {
    const name = frame.indexOf("event: ");
    const data = frame.indexOf("\ndata: ");
    if (name < 0 || data < 0) continue;
    yield { event: frame.slice(name + 7, frame.indexOf("\n", name)), data: frame.slice(data + 7) };
  }
}

/** The time of an event's text in nanoseconds since 1970; `undefined` if it has none. It stands before what a driver has sent. */
export function timeIn(data: string): bigint | undefined {
  const found = /"timestamp":"([^"]{20,40})"/.exec(data);
  return found ? nanoseconds(found[1]) : undefined;
}
