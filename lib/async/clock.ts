/** The difference of the two clocks at which the wall clock applies: it was set, or the machine slept. */
const TOLERANCE_MS = 2;

let offset = performance.timeOrigin;

/**
 * The wall clock in milliseconds since 1970, with a resolution of microseconds. `Date` has only milliseconds;
 * `performance` drifts over the weeks that a daemon runs.
 */
export function now(): number {
  const fine = performance.now() + offset;
  const wall = Date.now();
  if (Math.abs(fine - wall) <= TOLERANCE_MS) return fine;
  offset += wall - fine;
  return wall;
}

let second = NaN;
let prefix = "";

/** RFC 3339 in UTC with microseconds: `2026-11-22T06:25:52.123456Z`. */
export function timestamp(ms: number = now()): string {
  const whole = Math.floor(ms / 1000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  const micros = Math.floor((ms - whole * 1000) * 1000);
  return `${prefix}${String(micros).padStart(6, "0")}Z`;
}
