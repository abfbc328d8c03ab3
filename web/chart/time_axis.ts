/** The marks of an axis of time, at round times of the person's zone. All in seconds since 1970. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** The distances of marks, in seconds. */
export const TIME_STEPS: number[] = [
  ...[1e-4, 1e-3, 1e-2, 1e-1].flatMap((size) => [1, 2, 5].map((n) => Number((n * size).toPrecision(1)))),
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 30, 100, 365].map((n) => n * DAY),
];

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The offset of the zone from UTC at a time, in seconds. */
export type OffsetAt = (time: number) => number;

/** The round times between two times: the multiples of the step in the zone. */
export function timeMarks(from: number, to: number, step: number, offsetAt: OffsetAt): number[] {
  const marks: number[] = [];
  const offset = offsetAt(from);
  // A part of a second is divided, and not multiplied: 0.1 has no exact double, 10 has.
  const perSecond = step < 1 ? Math.round(1 / step) : undefined;
  const multiple = (n: number) => perSecond ? n / perSecond : n * step;
  for (let n = Math.ceil((from + offset) / step - 1e-6);; n++) {
    const time = multiple(n) - offset;
    // Summer time begins or ends within: marks of more than an hour stay at their hours.
    const change = offsetAt(time) - offset;
    const mark = change % step === 0 ? time : time - change;
    if (mark > to) return marks;
    if (mark >= from) marks.push(mark);
  }
}

/** The times under the marks, as fine as their step; a day at its beginning. */
export function timeLabels(marks: readonly number[], step: number, offsetAt: OffsetAt): string[] {
  const digits = step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
  return marks.map((mark) => {
    // The fraction of a second in microseconds: milliseconds alone would round it.
    const micros = Math.round((mark + offsetAt(mark)) * 1e6);
    const local = new Date(Math.floor(micros / 1e6) * 1000);
    const time = local.toISOString().slice(11, 19);
    if (step >= MINUTE && time === "00:00:00") return `${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`;
    if (step >= MINUTE) return time.slice(0, 5);
    return digits > 0 ? `${time}.${String(micros % 1e6).padStart(6, "0").slice(0, digits)}` : time;
  });
}

/** The date of a time range and the name of its zone: `2026-11-26, UTC+01:00`. */
export function dateOf(from: number, to: number, offsetAt: OffsetAt, nameOf: (offset: number) => string): string {
  const day = (time: number) => new Date((time + offsetAt(time)) * 1000).toISOString().slice(0, 10);
  const days = [...new Set([day(from), day(to)])];
  const names = [...new Set([nameOf(offsetAt(from)), nameOf(offsetAt(to))])];
  return `${days.join(" to ")}, ${names.join(" to ")}`;
}
