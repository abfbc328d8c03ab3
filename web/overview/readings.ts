/// <reference lib="dom" />
/**
 * The newest values of all devices of the bench, by one stream. It joins the streams that others have started: this
 * page starts no instrument, and keeps none streaming.
 *
 * @module
 */
import { batch, effect, type Signal, signal } from "@preact/signals";
import type { DriverStatus, JsonSchema, PropertyStatus } from "../../lib/client/mod.ts";
import { devices, drivers, eventArrived, type MeasuredDevice, outage } from "../bench/bench.ts";
import { shownDevices } from "../bench/fleet.ts";
import { driverOf } from "../bench/driver_of.ts";
import { schemaOf } from "../bench/sample_schema.ts";
import { isVisible } from "../page/visibility.ts";
import { secondsOf } from "../stream/timestamps.ts";
import { FirstEvent } from "../stream/first_event.ts";
import { openJoinedStream } from "../tabs/joined_stream.ts";
import { CURVE_SECONDS, DeviceReadings, rateFor } from "./device_readings.ts";

/** The time between two drawings of a device. In each part of it some of the devices are drawn: no frame waits for all. */
const BEAT_MS = 500;
const BEAT_PARTS = 4;
/** A page whose clock leaps so far has slept: its connection may be dead without knowing. */
const SLEEP_MS = 30_000;

/** A device's readings, and a signal that changes with them. */
interface Entry {
  readings: DeviceReadings;
  revision: Signal<number>;
}

/** The first event of the stream: a note says when it is late. */
export const firstEvent = new FirstEvent();

const entries = new Map<string, Entry>();

/** The readings of a device. A component that calls this is drawn again when they change. */
export function readingsOf(id: string): DeviceReadings {
  const { readings, revision } = entryOf(id);
  void revision.value;
  return readings;
}

function entryOf(id: string): Entry {
  let entry = entries.get(id);
  if (!entry) entries.set(id, entry = { readings: new DeviceReadings(), revision: signal(0) });
  return entry;
}

/** Keeps the readings up to date until the returned function is called. A hidden page lets the stream go. */
export function watchReadings(): () => void {
  const wakes = signal(0);
  let tickedAt = Date.now();
  let beats = 0;
  const timer = setInterval(() => {
    if (Date.now() - tickedAt > SLEEP_MS) wakes.value++;
    tickedAt = Date.now();
    const part = beats++ % BEAT_PARTS;
    batch(() => {
      [...entries.values()].forEach(({ readings, revision }, i) => {
        if (i % BEAT_PARTS === part) revision.value = readings.revision;
      });
    });
  }, BEAT_MS / BEAT_PARTS);
  const rate = signal(0);
  const ends = [
    effect(() => {
      const all = devices.value;
      if (!all) return;
      rate.value = rateFor(all.length);
      const known = new Set(all.map(({ device_id }) => device_id));
      for (const id of entries.keys()) if (!known.has(id)) entries.delete(id);
      for (const device of all) entryOf(device.device_id).readings.describe(schemaFor(device));
    }),
    effect(() => {
      void wakes.value;
      // A dead connection reports no error; the polling does.
      const shown = shownDevices.value;
      if (!isVisible.value || outage.value || rate.value === 0 || shown === "") return;
      const end = openJoinedStream({
        deviceIds: shown.split(","),
        maxRate: rate.value,
        query: { joins: true, max_rate: rate.value, past: CURVE_SECONDS },
        onEvent: (event) => {
          firstEvent.settle();
          eventArrived();
          entryOf(event.device_id).readings.receive(event);
        },
        onStart: () => {
          firstEvent.expect();
          for (const { readings } of entries.values()) readings.clearCurve();
        },
      });
      return () => {
        end();
        firstEvent.settle();
      };
    }),
  ];
  return () => {
    for (const end of ends) end();
    clearInterval(timer);
  };
}

/** One schema for each driver, so that each call returns the same object. */
const ofProperties = new WeakMap<DriverStatus, JsonSchema>();

/** The schema of a device's samples or, where it has no stream, of its properties as an object. */
function schemaFor(device: MeasuredDevice): JsonSchema | null | undefined {
  const driver = driverOf(device, drivers.value);
  if (device.streams !== false || !driver) return schemaOf(device.device_id);
  let schema = ofProperties.get(driver);
  if (!schema) {
    const properties = Object.fromEntries((driver.properties ?? []).map(({ name, schema }) => [name, schema]));
    ofProperties.set(driver, schema = { type: "object", properties });
  }
  return schema;
}

/** Shows the values of a device's properties, where it has no samples. */
export function receiveProperties(id: string, properties: readonly PropertyStatus[]): void {
  const { readings } = entryOf(id);
  for (const { name, value, timestamp } of properties) {
    if (timestamp !== null) readings.receiveProperty(name, value, secondsOf(timestamp));
  }
}
