/// <reference lib="dom" />
import { api, devices, drivers, outage } from "../bench/bench.ts";
import { driverOf } from "../bench/driver_of.ts";
import { receiveProperties } from "./readings.ts";

/** The pause between two rounds: reading keeps an instrument from other work. */
const PERIOD_MS = 10_000;

/**
 * Reads the properties of the connected devices that have no stream, one device after the other, until the returned function
 * is called. A hidden page reads nothing.
 */
export function pollProperties(): () => void {
  let isEnded = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const round = async () => {
    for (const device of devices.peek() ?? []) {
      if (isEnded || document.hidden || outage.peek()) break;
      const hasAny = Boolean(driverOf(device, drivers.peek())?.properties?.length);
      if (!hasAny || device.streams !== false || device.state !== "connected") continue;
      const found = await api.getDeviceProperties(device.device_id).catch(() => []);
      receiveProperties(device.device_id, found);
    }
    const isLoaded = devices.peek() !== undefined && drivers.peek() !== undefined;
    if (!isEnded) timer = setTimeout(round, isLoaded ? PERIOD_MS : PERIOD_MS / 10);
  };
  round();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
