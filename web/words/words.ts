/** The page's words for what the daemon tells in names and numbers. */
import type { DeviceStatus } from "../../lib/client/mod.ts";

/** What a state means to the person who looks. */
export const STATES: Record<DeviceStatus["state"], { word: string; meaning: string }> = {
  disconnected: { word: "Disconnected", meaning: "until somebody connects it" },
  connecting: { word: "Connecting", meaning: "opening the instrument" },
  connected: { word: "Connected", meaning: "ready, not streaming" },
  streaming: { word: "Streaming", meaning: "samples are coming" },
  retrying: { word: "Trying again", meaning: "something failed; it is tried again by itself" },
  faulted: { word: "Faulted", meaning: "given up; it is not tried any more" },
};

const PREFIXES: [step: number, prefix: string][] = [
  ...[[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as [number, string][],
  ...[[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]] as [number, string][],
];

/** Units that are written with prefixes; also per second, and as `Vrms`. Others have one already (`hPa`), or take none. */
const PREFIXED =
  /^(V|A|W|VA|Ah|Wh|Ω|[Oo]hm|Hz|Pa|bar|N|J|C|F|H|T|S|B|bit|g|m|s|L|l|eV|rad|lm|lx|cd|mol|Bq|Gy|Sv|Sa)(rms|pp|pk)?(\/s)?$/;

/** A number as people write it: `8412345678` and `"B"` are `8.412 GB`. What is no number is a dash. */
export function withUnit(value: number | null | undefined, unit = "", digits = 4): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const [step, prefix] = prefixFor(size, unit);
  // No digit before the point is made up.
  const least = step === 1 && size >= 1 ? Math.min(15, Math.floor(Math.log10(size)) + 1) : 0;
  const text = Number((value / step).toPrecision(Math.max(digits, least))).toString();
  return `${text} ${prefix}${unit}`.trim();
}

/** What a number of this size is divided by to be read with ease, and the prefix that its unit then has. */
export function prefixFor(size: number, unit: string): [step: number, prefix: string] {
  // What is short as it is needs none.
  const isPlain = !PREFIXED.test(unit) || size === 0 || (size >= 0.01 && size < 10_000);
  return !isPlain && PREFIXES.find(([step]) => size >= step) || [1, ""];
}

/** A stretch of time, in milliseconds, by its largest two units: `2 h 10 min`. */
export function stretch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** A time of day as this person's computer writes it. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toLocaleTimeString();
}

/** Made once: `toLocaleString()` makes one each time, and lists of a hundred devices are counted every second. */
const GROUPED = new Intl.NumberFormat();

/** `1 sample`, `2 samples`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${GROUPED.format(n)} ${n === 1 ? one : many}`;
}
