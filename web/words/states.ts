/** How devices are, in words. */
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { count, STATES } from "./words.ts";

const TONES: Record<DeviceStatus["state"], string> = {
  disconnected: "soft",
  connecting: "busy",
  connected: "good",
  streaming: "good full",
  retrying: "warn",
  faulted: "bad full",
};

/** What of a device says how it is. */
export type Standing = Pick<DeviceStatus, "state" | "disabled">;

/** How a device is, in a word, a sentence and a colour. Of a daemon that is away only the last is known. */
export function stateOf(device: Standing, isAway = false): { word: string; meaning: string; tone: string } {
  if (isAway) {
    const word = `Unknown · was ${stateOf(device).word.toLowerCase()}`;
    return { word, meaning: "the daemon does not answer", tone: "soft" };
  }
  const { state, disabled } = device;
  if (disabled) return { word: "Disabled", meaning: "taken out of service until somebody enables it", tone: "soft" };
  return { ...STATES[state], tone: TONES[state] };
}

/** `3 devices: 2 streaming, 1 faulted`. */
export function summaryOf(devices: readonly Standing[], isAway = false): string {
  const by = Map.groupBy(devices, (device) => stateOf(device).word.toLowerCase());
  const words = [...by].map(([word, { length }]) => `${length} ${word}`).join(", ");
  return `${count(devices.length, "device")}${isAway ? ", unknown now; last known" : ""}: ${words}`;
}

/** Each device's state in a word, by its name. */
export function wordsOf(devices: readonly (Standing & Pick<DeviceStatus, "device_id">)[]): Map<string, string> {
  return new Map(devices.map((device) => [device.device_id, stateOf(device).word]));
}

/** What has changed between two looks, as a sentence; empty if nothing has. */
export function newsOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const changed = [...now].filter(([id, word]) => before.get(id) !== word).map(([id, word]) => `${id}: ${word}`);
  const gone = [...before.keys()].filter((id) => !now.has(id)).map((id) => `${id}: removed`);
  return [...changed, ...gone].join(", ");
}
