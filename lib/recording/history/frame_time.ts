const KEY = '"timestamp":"';

let knownSecond = "";
let knownMicroseconds = 0;

/** The time of an event in microseconds since 1970, exactly; `undefined` if the event has none. */
export function microsecondsOf(data: string): number | undefined {
  const key = data.indexOf(KEY);
  if (key < 0) return undefined;
  const start = key + KEY.length;
  const end = data.indexOf('"', start);
  const second = data.slice(start, start + 19);
  // The events of a second follow each other.
  if (second !== knownSecond) {
    knownMicroseconds = Date.parse(`${second}Z`) * 1000;
    knownSecond = second;
  }
  const rest = /^(?:\.(\d{1,6})\d*)?Z$/.exec(data.slice(start + 19, end));
  const time = rest ? knownMicroseconds + Number((rest[1] ?? "").padEnd(6, "0")) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A time in microseconds since 1970 as text. */
export function timeText(microseconds: number): string {
  const ms = Math.floor(microseconds / 1000);
  const rest = String(microseconds - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}
