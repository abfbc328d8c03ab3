const HOURS = { hour: "numeric", minute: "2-digit" } as const;
const SECONDS = { ...HOURS, second: "2-digit" } as const;

/** Creating a format costs more than drawing a plot. */
const formats = new Map<number, Intl.DateTimeFormat>();

/** The times of day under the marks of an axis, as fine as their step. Both in seconds. */
export function timeLabels(marks: readonly number[], step: number): string[] {
  const digits = step >= 60 ? -1 : step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step)));
  let format = formats.get(digits);
  if (!format) {
    const fine = digits > 0 ? { ...SECONDS, fractionalSecondDigits: digits as 1 | 2 | 3 } : SECONDS;
    formats.set(digits, format = new Intl.DateTimeFormat(undefined, digits < 0 ? HOURS : fine));
  }
  return marks.map((mark) => format.format(mark * 1000));
}
