import type { StreamEvent } from "../../wire/events.ts";

/** How far from what was asked a rate may be: short runs and busy machines measure no better. */
export const TOLERANCE = 0.25;

/** How often a rate is measured before it counts as wrong. */
export const RATE_ATTEMPTS = 5;

/** How many samples to wait for: half a second of them, but enough to see a rate by. */
export function samplesFor(rate: number): number {
  return Math.ceil(Math.max(rate / 2, Math.min(rate, 10), 4));
}

/** Samples a second between the first and the last. */
export function meanRate(samples: StreamEvent[]): number | undefined {
  if (samples.length < 3) return undefined;
  const seconds = (Date.parse(samples.at(-1)!.timestamp) - Date.parse(samples[0].timestamp)) / 1000;
  return (samples.length - 1) / seconds;
}
