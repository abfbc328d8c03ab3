import { nanoseconds } from "../store/frames.ts";

/** The time of an event's text in nanoseconds since 1970; `undefined` if it has none. It stands before what a driver has sent. */
export function timeIn(data: string): bigint | undefined {
  const found = /"timestamp":"([^"]{20,40})"/.exec(data);
  return found ? nanoseconds(found[1]) : undefined;
}
