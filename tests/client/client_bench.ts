import { type Clock, install } from "@sinonjs/fake-timers";
import { type ReceivedEvent, SSEClient, type SSEClientOptions } from "../../lib/client/mod.ts";
import { Inbox, ScriptedDaemon } from "./scripted_daemon.ts";

export const BASE = "http://bench:5000";

export const STATE =
  'event: device_state\ndata: {"event":"device_state","device_id":"daq1","timestamp":"t","state":"streaming"}\n\n';

/** A client of a scripted daemon, with the events that it delivers and the errors that it reports. */
export function bench(options: SSEClientOptions = {}) {
  const daemon = new ScriptedDaemon();
  const events = new Inbox<ReceivedEvent>();
  const errors = new Inbox<{ error: unknown; retryIn?: number }>();
  const client = new SSEClient(BASE, {
    fetch: daemon.fetch,
    onEvent: events.push,
    onError: (error, retryIn) => errors.push({ error, retryIn }),
    ...options,
  });
  return { daemon, events, errors, client };
}

/** Runs a test with a clock that the test advances; the jitter is a fixed fraction of its range. */
export async function withTime(run: (clock: Clock) => Promise<void>, jitter = 0.5): Promise<void> {
  const { random } = Math;
  const clock = install();
  Math.random = () => jitter;
  try {
    await run(clock);
  } finally {
    Math.random = random;
    clock.uninstall();
  }
}

export const sequences = (events: Inbox<ReceivedEvent>) => events.all.map((event) => event.sequence);

export const nextTurn = () => new Promise((resolve) => queueMicrotask(() => resolve(undefined)));

export const UNKNOWN = {
  error: { type: "DeviceNotFound", message: 'Cannot find device "dqa1": known devices are daq1' },
};
