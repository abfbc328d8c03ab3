/// <reference lib="dom" />
/**
 * What the page knows of the bench: asked for once a second, for as long as somebody looks. To look at a list must not
 * start an instrument, so this is no stream.
 *
 * @module
 */
import { batch, signal } from "@preact/signals";
import { type DeviceStatus, type DriverStatus, ServerAPI } from "../../lib/client/mod.ts";
import { Rates } from "./rates.ts";

const PERIOD_MS = 1_000;
/** Drivers change when a file is saved. */
const DRIVERS_EVERY = 2;
/** A daemon that says nothing for so long is told as away. */
const PATIENCE_MS = 5_000;

/** The daemon that served this page. How long a call may take is for the daemon's own limits to say, not for the page. */
export const api: ServerAPI = new ServerAPI(location.origin, { timeoutMs: 3_600_000 });
const impatient = new ServerAPI(location.origin, { timeoutMs: PATIENCE_MS });

/** A device, and how many samples a second it yields; `undefined` unless it streams and that is measured. */
export interface SeenDevice extends DeviceStatus {
  rate: number | undefined;
}

/** All devices; `undefined` until the daemon has answered once. */
export const devices = signal<SeenDevice[] | undefined>(undefined);
/** All drivers, and the files that failed to load. */
export const drivers = signal<DriverStatus[] | undefined>(undefined);
/** When the daemon answered last, if it does not now, and why; `undefined` while it does. What is shown is of that time. */
export const away = signal<{ since: Date; why: string } | undefined>(undefined);

/** The daemon's time at the last look, in milliseconds. */
export const seenAt = signal(Date.now());

const rates = new Rates();
/** A tab that is hidden asks nothing: the first question that fails may come long after. */
let last = new Date();
let clockOffset = 0;
let turn = 0;
let looks = 0;
let shown = 0;
let wake = () => {};

/** The daemon's time in milliseconds: a phone's own clock may be minutes off. */
export function daemonNow(): number {
  return Date.now() + clockOffset;
}

/** When the daemon was last heard, in its own time: it answered, or sent something on a stream. */
export function heardAt(): Date {
  return last;
}

/** The daemon has sent something on a stream. */
export function heard(): void {
  last = new Date(daemonNow());
}

/** Asks again now: something has just been done. */
export async function refresh(): Promise<void> {
  await look().catch(() => {});
}

/** Keeps the signals of this module true, for the life of the page. */
export async function watchBench(): Promise<void> {
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  for (;;) {
    try {
      if (turn++ % DRIVERS_EVERY === 0) await lookLong();
      await look();
      away.value = undefined;
    } catch (error) {
      turn = 0;
      away.value ??= { since: last, why: error instanceof Error ? error.message : String(error) };
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (!document.hidden) setTimeout(resolve, PERIOD_MS);
    });
  }
}

async function look(): Promise<void> {
  const mine = ++looks;
  const found = await impatient.listDevices();
  heard();
  // An answer that was overtaken is older than what is shown.
  if (mine < shown) return;
  shown = mine;
  const time = performance.now();
  rates.keep(found.filter(({ streaming }) => streaming).map(({ device_id }) => device_id));
  const before = new Map(devices.peek()?.map((device) => [device.device_id, device]));
  batch(() => {
    seenAt.value = daemonNow();
    devices.value = found.map((device) => {
      const { device_id: id, streaming, stream: { epoch, sequence } } = device;
      if (streaming) rates.note(id, { time, epoch, sequence });
      return unlessSame(before.get(id), { ...device, rate: rates.rate(id) });
    });
  });
}

/** What seldom changes. */
async function lookLong(): Promise<void> {
  const [health, found] = await Promise.all([impatient.health(), impatient.listDrivers()]);
  batch(() => {
    clockOffset = Date.parse(health.timestamp) - Date.now();
    drivers.value = unlessSame(drivers.peek(), found);
  });
}

/** What is no other than before stays the same object: so only what has changed is drawn anew. */
function unlessSame<T>(before: T | undefined, found: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(found) ? before : found;
}
