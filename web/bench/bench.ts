/// <reference lib="dom" />
/**
 * The devices and drivers of the bench, polled once a second while the page is visible. A list of devices must not start an
 * instrument, so this is not a stream.
 *
 * @module
 */
import { batch, signal } from "@preact/signals";
import { RATE_WINDOW_MS } from "../../lib/format/rate_meter.ts";
import {
  type AlarmStatus,
  type DeviceStatus,
  type DriverStatus,
  ServerAPI,
  ServerConnectionError,
} from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { alarms } from "./alarms.ts";
import { isView, lookForBenches, ofBenches } from "./fleet.ts";
import { mustLogIn, pageFetch } from "../session/session.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { isAnsweredElsewhere, reportEvent } from "./other_tabs.ts";
import { SampleRate } from "./sample_rate.ts";

const PERIOD_MS = 1_000;
/** In polls: drivers change when a file is saved. */
const DRIVERS_EVERY = 2;
/** A bench without alarms is asked for them no more often. */
const ALARMS_PERIOD_MS = 30_000;
/** A daemon that does not answer within this time has an outage. */
const REQUEST_TIMEOUT_MS = 5_000;

/** The daemon that served this page. The daemon's own limits bound the calls, not this one. */
export const api: ServerAPI = new ServerAPI(DAEMON_URL, { timeoutMs: 3_600_000, fetch: pageFetch });
const pollingApi = new ServerAPI(DAEMON_URL, { timeoutMs: REQUEST_TIMEOUT_MS, fetch: pageFetch });

/** A device with this page's measurements of it. */
export interface MeasuredDevice extends DeviceStatus {
  /**
   * The sample rate in Hz; 0 if the device is silent for longer than its own period; `undefined` unless it streams and
   * its rate was measured.
   */
  rate: number | undefined;
  /** The time since the newest sample in milliseconds, if the rate is 0 and a sample has come. */
  silence_ms?: number;
}

/** All devices; `undefined` until the daemon has answered once. */
export const devices = signal<MeasuredDevice[] | undefined>(undefined);
/** All drivers, and the files that failed to load. */
export const drivers = signal<DriverStatus[] | undefined>(undefined);
/**
 * The time of the last answer and the error since, if the daemon does not answer; `undefined` while it does. `isCrowded` if it
 * answers other tabs: then this browser has no connection left.
 */
export const outage = signal<{ since: Date; why: string; isCrowded: boolean } | undefined>(undefined);
/** True while this tab has a stream, but the browser has no connection left for its requests. */
export const isCrowded = signal(false);

/** The daemon's time at the last answer, in milliseconds. */
export const seenAt = signal(Date.now());

const rates = new Map<string, SampleRate>();
/** The time of the last answer or event. A hidden tab does not poll, so a failure may come long after it. */
let last = new Date();
/** The time of the last event of a stream of this tab. */
let lastEventAt = -Infinity;
let alarmsAskedAt = -Infinity;
let clockOffset = 0;
let turn = 0;
let requests = 0;
let shown = 0;
let wake = () => {};

/** The daemon's time in milliseconds: a phone's own clock may be minutes off. */
export function daemonNow(): number {
  return Date.now() + clockOffset;
}

/** True for a device of a bench that is away: the device answers no request. */
export function isAway(id: string): boolean {
  return devices.peek()?.some(({ device_id, stale_since }) => device_id === id && stale_since) ?? false;
}

/** The daemon's time when it last answered or sent an event. */
export function lastAnswerAt(): Date {
  return last;
}

/** Notes that the daemon has answered. */
function answered(): void {
  last = new Date(daemonNow());
}

/** Notes an event of the daemon. */
export function eventArrived(): void {
  answered();
  lastEventAt = performance.now();
  reportEvent();
}

/** Polls now, as after a command. */
export async function refresh(): Promise<void> {
  await look().catch(() => {});
}

/** Keeps the signals of this module up to date as long as the page is open, and no one has to log in. */
export async function watchBench(): Promise<void> {
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  addEventListener("hashchange", () => isView.peek() && (turn = 0, wake()));
  while (!mustLogIn.peek()) {
    try {
      if (turn++ % DRIVERS_EVERY === 0) await lookForDrivers();
      await look();
      outage.value = undefined;
      isCrowded.value = false;
    } catch (error) {
      turn = 0;
      onFailure(error);
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (!document.hidden) setTimeout(resolve, PERIOD_MS);
    });
  }
}

/** If a tab of this browser receives events, the daemon runs: the request got none of the browser's connections. */
function onFailure(error: unknown): void {
  const isTimeout = error instanceof ServerConnectionError && error.type === "RequestTimeout";
  isCrowded.value = isTimeout && performance.now() - lastEventAt < REQUEST_TIMEOUT_MS;
  if (isCrowded.peek()) return;
  const isElsewhere = isTimeout && isAnsweredElsewhere(REQUEST_TIMEOUT_MS);
  outage.value ??= { since: last, why: messageOf(error), isCrowded: isElsewhere };
}

async function look(): Promise<void> {
  const request = ++requests;
  if (isView.peek()) await lookForBenches(soon());
  const [found, watched] = await Promise.all([listDevices(), lookForAlarms()]);
  answered();
  // An answer that arrives after a later one is out of date.
  if (request < shown) return;
  shown = request;
  const streaming = new Set(
    found.filter(({ streaming, stale_since }) => streaming && !stale_since).map(({ device_id }) => device_id),
  );
  for (const id of rates.keys()) if (!streaming.has(id)) rates.delete(id);
  const before = new Map(devices.peek()?.map((device) => [device.device_id, device]));
  batch(() => {
    seenAt.value = daemonNow();
    if (watched) alarms.value = unlessSame(alarms.peek(), watched);
    devices.value = found.map((device) => unlessSame(before.get(device.device_id), { ...device, ...rateOf(device) }));
  });
}

/** In a view, the devices of the benches that the page shows. */
function listDevices(): Promise<DeviceStatus[]> {
  return isView.peek() ? ofBenches("devices", soon()) : pollingApi.listDevices();
}

function soon(): AbortSignal {
  return AbortSignal.timeout(REQUEST_TIMEOUT_MS);
}

/** Reads the alarms; `undefined` if they were read a short time ago, and there were none. */
async function lookForAlarms(): Promise<readonly AlarmStatus[] | undefined> {
  const now = performance.now();
  if (alarms.peek()?.length === 0 && now - alarmsAskedAt < ALARMS_PERIOD_MS) return undefined;
  alarmsAskedAt = now;
  return (await pollingApi.listAlarms()).alarms;
}

/** The rate of a device that streams, from the last answers. */
function rateOf(
  { device_id: id, streaming, stale_since, stream: { epoch, sequence } }: DeviceStatus,
): Pick<MeasuredDevice, "rate" | "silence_ms"> {
  // Samples from the time when the bench was away arrive together: they do not show the rate.
  if (!streaming || stale_since) return { rate: undefined };
  const now = performance.now();
  let measured = rates.get(id);
  // Readings from before a pause, as of a hidden tab, do not count.
  if (!measured || now - measured.lastTimeMs! > 2 * RATE_WINDOW_MS) rates.set(id, measured = new SampleRate());
  measured.add(sequence, now, epoch);
  const { rate, silenceMs } = measured;
  return { rate, ...rate === 0 && silenceMs !== undefined && { silence_ms: Math.round(silenceMs) } };
}

/** Asks for the drivers and the clock, which seldom change. */
async function lookForDrivers(): Promise<void> {
  const health = await pollingApi.health();
  isView.value = health.view === true;
  if (isView.peek()) await lookForBenches(soon());
  const found = isView.peek() ? await ofBenches<DriverStatus>("drivers", soon()) : await pollingApi.listDrivers();
  batch(() => {
    clockOffset = Date.parse(health.timestamp) - Date.now();
    drivers.value = unlessSame(drivers.peek(), found);
  });
}

/** An equal value stays the same object: so only changes are drawn again. */
function unlessSame<T>(before: T | undefined, found: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(found) ? before : found;
}
