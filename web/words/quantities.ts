/** Numbers with units, counts and times of day as text. */
import { dateAndTime } from "./times.ts";

const PREFIXES: [step: number, prefix: string][] = [
  ...[[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as [number, string][],
  ...[[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]] as [number, string][],
];

/** Units that take prefixes; also per second, and as `Vrms`. Others have one already (`hPa`), or take none. */
const PREFIXED =
  /^(V|A|W|VA|Ah|Wh|Ω|[Oo]hm|Hz|Pa|bar|N|J|C|F|H|T|S|B|bit|g|m|s|L|l|eV|rad|lm|lx|cd|mol|Bq|Gy|Sv|Sa)(rms|pp|pk)?(\/s)?$/;

/** A double holds no more. */
const MAX_EXACT_DIGITS = 15;

/** A number with its unit and prefix: `8412345678` and `"B"` are `8.412 GB`. Anything but a finite number is a dash.
 * `like` is the size whose prefix it gets, where numbers stand beside each other; its own by default. */
export function withUnit(value: number | null | undefined, unit = "", digits = 4, like?: number): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const [step, prefix] = prefixFor(like ?? size, unit);
  // All digits before the point are shown.
  const minDigits = step === 1 && size >= 1 ? Math.min(MAX_EXACT_DIGITS, Math.floor(Math.log10(size)) + 1) : 0;
  // A larger number has no exact digits there.
  if (step === 1 && size > Number.MAX_SAFE_INTEGER) {
    return `${value.toExponential(MAX_EXACT_DIGITS - 1)} ${unit}`.trim();
  }
  const text = Number((value / step).toPrecision(Math.max(digits, minDigits))).toString();
  return `${text} ${prefix}${unit}`.trim();
}

/**
 * The divisor that makes a number of this size easy to read, and the prefix that its unit then has.
 *
 * @param minPlain The smallest number that needs none.
 */
export function prefixFor(size: number, unit: string, minPlain = 0.01): [step: number, prefix: string] {
  const isPlain = !PREFIXED.test(unit) || size === 0 || (size >= minPlain && size < 10_000);
  return !isPlain && PREFIXES.find(([step]) => size >= step) || [1, ""];
}

/** A time of day as `08:00:00`, in the zone that the person chose. */
export function timeOfDay(ms: number): string {
  return dateAndTime(ms).slice(11);
}

/**
 * Created once: `toLocaleString()` creates one at each call, and lists of a hundred devices are counted every second. And not
 * before it is needed: the first one takes a tenth of the time in which the page is loaded.
 */
let grouped: Intl.NumberFormat | undefined;

/** `1 sample`, `2 samples`. */
export function count(n: number, one: string, many = `${one}s`): string {
  const text = n < 1_000 ? `${n}` : (grouped ??= new Intl.NumberFormat()).format(n);
  return `${text} ${n === 1 ? one : many}`;
}
