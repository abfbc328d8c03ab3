import { signal } from "@preact/signals";
import type { Feed } from "./feed.ts";
import type { PlottedChannel } from "./picture.ts";

/** The number of channels that are drawn before the person chooses: as many as a plot has colours. */
const DEFAULT_CHANNELS = 8;

/** The person's choices by device and channel. */
const chosen = new Map<string, Map<string, boolean>>();

/** True if a channel of a device is drawn. */
export function isChosen({ deviceId, channels }: Feed, name: string): boolean {
  return chosen.get(deviceId)?.get(name) ?? defaultChoice(channels.values()).has(name);
}

/** The channels that other plots need, by device, chosen or not. */
export const needed = signal<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
/** True while a plot needs each sample, and not only those that can be seen. */
export const needsAll = signal(false);

/** The names of the channels of a device that are drawn. */
export function chosenNames(feed: Feed): string[] {
  const others = needed.peek().get(feed.deviceId);
  return [...feed.channels.keys()].filter((name) => isChosen(feed, name) || others?.has(name));
}

/** Draws a channel of a device from now on, or stops drawing it. */
export function choose({ deviceId }: Feed, name: string, isDrawn: boolean): void {
  if (!chosen.has(deviceId)) chosen.set(deviceId, new Map());
  chosen.get(deviceId)!.set(name, isDrawn);
}

/** The person's choices, by device and channel. */
export function choices(): Record<string, Record<string, boolean>> {
  return Object.fromEntries(Array.from(chosen, ([id, of]) => [id, Object.fromEntries(of)]));
}

/** Takes choices in place of those before. */
export function chooseAll(given: Record<string, Record<string, boolean>>): void {
  for (const [id, of] of Object.entries(given)) chosen.set(id, new Map(Object.entries(of)));
}

/** The channels that are drawn by default: all of a few, and of many the first of each part of the payload. */
export function defaultChoice(channels: Iterable<PlottedChannel>): Set<string> {
  const drawable = [...channels].filter(({ kind }) => kind !== "word");
  if (drawable.length <= DEFAULT_CHANNELS) return new Set(drawable.map(({ name }) => name));
  const first = new Map<string, string>();
  for (const { path, name } of drawable) {
    if (!first.has(path[0]) && first.size < DEFAULT_CHANNELS) first.set(path[0], name);
  }
  return new Set(first.values());
}
