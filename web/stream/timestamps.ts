/** The daemon's times as numbers, and back, to the microsecond. */

let minute = "";
let minuteMs = 0;

/** `2026-11-22T06:25:52.123456Z` in seconds since 1970. */
export function secondsOf(timestamp: string): number {
  // Date.parse() stops at milliseconds, and costs more than all else that is done with a sample.
  const head = timestamp.slice(0, 17);
  if (head !== minute) {
    minuteMs = Date.parse(`${head}00Z`);
    minute = head;
  }
  return minuteMs / 1000 + Number(timestamp.slice(17, -1));
}

/** Seconds since 1970 as the daemon writes them. */
export function timestampOf(seconds: number): string {
  const micros = Math.round(seconds * 1e6);
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, "0")}Z`;
}
