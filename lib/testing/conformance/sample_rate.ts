import type { StreamEvent } from "../../wire/events.ts";

/** The accepted relative deviation of a rate. Short runs on a busy machine do not measure better. */
export const TOLERANCE = 0.25;

/** The number of wrong measurements after which a rate counts as wrong. */
export const MAX_RATE_ATTEMPTS = 5;

/** The number of samples to wait for: half a second of them, and enough to measure a rate. */
export function samplesFor(rate: number): number {
  return Math.ceil(Math.max(rate / 2, Math.min(rate, 10), 4));
}

/** The samples per second between the first and the last sample; undefined for fewer than three. */
export function meanRate(samples: StreamEvent[]): number | undefined {
  if (samples.length < 3) return undefined;
  const seconds = (Date.parse(samples.at(-1)!.timestamp) - Date.parse(samples[0].timestamp)) / 1000;
  return (samples.length - 1) / seconds;
}
