/** How devices are, in words. */
import type { Device } from "../../lib/client/server_api.ts";
import { count, STATES } from "../words.ts";

const TONES: Record<Device["state"], string> = {
  disconnected: "soft",
  connecting: "busy",
  connected: "good",
  streaming: "good full",
  retrying: "warn",
  faulted: "bad full",
};

/** What of a device says how it is. */
export type Standing = Pick<Device, "state" | "disabled">;

/** How a device is, in a word, a sentence and a colour. */
export function stateOf({ state, disabled }: Standing): { word: string; meaning: string; tone: string } {
  if (disabled) return { word: "Disabled", meaning: "taken out of service until somebody enables it", tone: "soft" };
  return { ...STATES[state], tone: TONES[state] };
}

/** `3 devices: 2 streaming, 1 faulted`. */
export function summaryOf(devices: readonly Standing[]): string {
  const by = Map.groupBy(devices, (device) => stateOf(device).word.toLowerCase());
  return `${count(devices.length, "device")}: ${[...by].map(([word, { length }]) => `${length} ${word}`).join(", ")}`;
}

/** Each device's state in a word, by its name. */
export function wordsOf(devices: readonly (Standing & Pick<Device, "device_id">)[]): Map<string, string> {
  return new Map(devices.map((device) => [device.device_id, stateOf(device).word]));
}

/** What has changed between two looks, as a sentence; empty if nothing has. */
export function newsOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const changed = [...now].filter(([id, word]) => before.get(id) !== word).map(([id, word]) => `${id}: ${word}`);
  const gone = [...before.keys()].filter((id) => !now.has(id)).map((id) => `${id}: removed`);
  return [...changed, ...gone].join(", ");
}
