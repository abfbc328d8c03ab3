/// <reference lib="dom" />
import type { PropertyStatus } from "../../lib/client/mod.ts";
import { api, outage } from "../bench/bench.ts";
import { perDevice } from "../bench/per_device.ts";

/** The pause between two readings. */
const PERIOD_MS = 2_000;
/** The pause is at least so many times as long as the reading, which keeps the instrument from other work. */
const PAUSE_FACTOR = 4;

/** The last known properties of a device; `undefined` until the daemon has answered once. */
export const propertiesOf = perDevice<readonly PropertyStatus[] | undefined>(undefined);

/** Reads the properties again and again while the page is visible, until the returned function is called. */
export function watchProperties(id: string): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let isEnded = false;
  const look = async () => {
    const start = performance.now();
    if (!document.hidden && !outage.value) await readProperties(id).catch(() => {});
    if (!isEnded) timer = setTimeout(look, Math.max(PERIOD_MS, PAUSE_FACTOR * (performance.now() - start)));
  };
  look();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

async function readProperties(id: string): Promise<void> {
  const found = await api.getDeviceProperties(id);
  const properties = propertiesOf(id);
  const known = new Map(properties.value?.map((it) => [it.name, it]));
  properties.value = found.map((it) => {
    const before = known.get(it.name);
    // A value that was set meanwhile is newer than the one that the list has.
    return before?.timestamp && it.timestamp && before.timestamp > it.timestamp ? before : it;
  });
}

/** Sets a property. Resolves with what the instrument says, which the page shows from then on. */
export async function setProperty(id: string, name: string, asked: unknown): Promise<unknown> {
  const { value, timestamp } = await api.setDeviceProperty(id, name, asked);
  const properties = propertiesOf(id);
  properties.value = properties.value?.map((it) =>
    it.name === name ? { ...it, value, timestamp, error: undefined } : it
  );
  return value;
}
