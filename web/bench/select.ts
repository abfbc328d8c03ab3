import type { DeviceStatus } from "../../lib/client/mod.ts";
import { stateOf } from "../words/states.ts";

/** The sort keys of a list of devices, with their words. */
export const SORTS = { bench: "bench order", name: "name", state: "state, problems first", driver: "driver" } as const;
/** A key of {@linkcode SORTS}. */
export type Sort = keyof typeof SORTS;

/** The order of states: states that need a person come first. */
const URGENCY: DeviceStatus["state"][] = [
  "faulted",
  "retrying",
  "connecting",
  "streaming",
  "connected",
  "disconnected",
];

type Selected = Pick<DeviceStatus, "device_id" | "device_type" | "state" | "disabled" | "stale_since">;

/** True if each word of a search is part of the device's name, driver or state. */
export function matches(device: Selected, search: string, isOutage: boolean): boolean {
  const text = `${device.device_id} ${device.device_type} ${stateOf(device, isOutage).word}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Sorts names with their numbers: `psu2` comes before `psu10`. Made at the first use, because that takes a while. */
let names: Intl.Collator | undefined;

/** The devices in another order. Equal devices keep their order. */
export function sorted<Device extends Selected>(devices: readonly Device[], by: Sort): Device[] {
  const urgency = ({ state, disabled }: Device) => disabled ? URGENCY.length : URGENCY.indexOf(state);
  const byName = (a: string, b: string) => (names ??= new Intl.Collator("en", { numeric: true })).compare(a, b);
  if (by === "name") return devices.toSorted((a, b) => byName(a.device_id, b.device_id));
  if (by === "driver") return devices.toSorted((a, b) => byName(a.device_type, b.device_type));
  if (by === "state") return devices.toSorted((a, b) => urgency(a) - urgency(b));
  return [...devices];
}
