/**
 * When a sample was made, read out of the event's bytes: from its `timestamp` (given where the driver's yield arrives in
 * its process), or from its payload, where the driver itself has put the time.
 */
export type Stamp = "timestamp" | "payload";

const decoder = new TextDecoder();
const TIMESTAMP = /^,"timestamp":"([^".]+\.\d{3})(\d{3})Z"/;
const PAYLOAD = /"payload":([\d.]+)/;

/** Enough for the timestamp, and for a payload that is a time. */
const ENOUGH = 96;

/** Milliseconds since 1970 with microseconds behind the point; `end` is where the event's sequence number ends. */
export function readStamp(stamp: Stamp, bytes: Uint8Array, end: number): number {
  const text = decoder.decode(bytes.subarray(end, end + ENOUGH));
  if (stamp === "payload") return Number(PAYLOAD.exec(text)?.[1]);
  const found = TIMESTAMP.exec(text);
  return found ? Date.parse(`${found[1]}Z`) + Number(found[2]) / 1000 : NaN;
}

/** The clock that stamps are compared with: the same in every process of this machine, to some 20 µs. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}
