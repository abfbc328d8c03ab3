/** The states of devices in words. */
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { dateAndTime } from "./times.ts";
import { count } from "./quantities.ts";

/** The meaning of each state. */
export const STATES: Record<DeviceStatus["state"], { word: string; meaning: string }> = {
  disconnected: { word: "Disconnected", meaning: "until it is connected" },
  connecting: { word: "Connecting", meaning: "opening the instrument" },
  connected: { word: "Connected", meaning: "ready, not streaming" },
  streaming: { word: "Streaming", meaning: "samples arrive" },
  retrying: { word: "Trying again", meaning: "it failed, and reconnects by itself" },
  faulted: { word: "Faulted", meaning: "it failed, and does not reconnect by itself" },
};

/** The colour of a state: a class of the style sheet. */
export type Tone = "soft" | "busy" | "good" | "good full" | "warn" | "bad" | "bad full";

const TONES: Record<DeviceStatus["state"], Tone> = {
  disconnected: "soft",
  connecting: "busy",
  connected: "good",
  streaming: "good full",
  retrying: "warn",
  faulted: "bad full",
};

/** The colour of a state, the same on every page. */
export function toneOf(state: string): Tone {
  return Object.hasOwn(TONES, state) ? TONES[state as DeviceStatus["state"]] : "soft";
}

/** The fields of a device that its state is read from. */
export type StateFields = Pick<DeviceStatus, "state" | "disabled" | "stale_since">;

/** The state of a device as a word, a sentence and a colour. During an outage only the last state is known. */
export function stateOf(device: StateFields, isOutage = false): { word: string; meaning: string; tone: Tone } {
  if (isOutage) {
    const word = `Unknown · was ${stateOf(device).word.toLowerCase()}`;
    return { word, meaning: "the daemon does not answer", tone: "soft" };
  }
  const { state, disabled, stale_since } = device;
  if (stale_since) {
    const was = stateOf({ state, disabled }).word.toLowerCase();
    const meaning = `its bench is away since ${dateAndTime(Date.parse(stale_since))}`;
    return { word: `Unknown · was ${was}`, meaning, tone: "soft" };
  }
  if (disabled) return { word: "Disabled", meaning: "out of service until it is enabled", tone: "soft" };
  return { ...STATES[state], tone: toneOf(state) };
}

/** `3 devices: 2 streaming, 1 faulted`. */
export function summaryOf(devices: readonly StateFields[], isOutage = false): string {
  const by = Map.groupBy(devices, (device) => stateOf(device).word.toLowerCase());
  const words = [...by].map(([word, { length }]) => `${length} ${word}`).join(", ");
  return `${count(devices.length, "device")}${isOutage ? ", unknown now; last known" : ""}: ${words}`;
}

/** Each device's state in a word, by its name. */
export function wordsOf(devices: readonly (StateFields & Pick<DeviceStatus, "device_id">)[]): Map<string, string> {
  return new Map(devices.map((device) => [device.device_id, stateOf(device).word]));
}

/** The changes between two updates, as a sentence; empty without any. */
export function changesOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const changed = [...now].filter(([id, word]) => before.get(id) !== word).map(([id, word]) => `${id}: ${word}`);
  const removed = [...before.keys()].filter((id) => !now.has(id)).map((id) => `${id}: removed`);
  return [...changed, ...removed].join(", ");
}
