/**
 * How patient the daemon is with one device: how often its driver's process may be restarted, and how long each of the
 * driver's answers may take. All times are in milliseconds.
 *
 * @module
 */
import type { SampleEncoding } from "../stream/encode.ts";
import { DEFAULT_CONFINEMENT } from "../host/child_process.ts";
import { DEFAULT_RING, type RingLimits } from "../stream/ring.ts";

/** When a device streams: while someone reads (`on-demand`), from its first connection on, or only when told to. */
export type StreamingMode = "on-demand" | "always" | "manual";

/**
 * When to try again, and when to give up.
 *
 * The delays hold for every new attempt: they grow exponentially, with full jitter, from `initialDelayMs` to `maxDelayMs`.
 * The budget counts only what a driver does wrong (its process exits, hangs or breaks the protocol). An instrument that
 * is merely absent costs nothing of it, since a cable may be out all night.
 */
export interface RestartPolicy {
  /** Restarts of the driver's process allowed within `windowMs`; the next one makes the device `faulted`. 0 allows none. */
  maxRestarts: number;
  /** How far back restarts are counted. */
  windowMs: number;
  /** Upper end of the delay before the first new attempt. */
  initialDelayMs: number;
  /** Upper end of the delay however many attempts have failed. */
  maxDelayMs: number;
}

/** How long a driver may take before the daemon stops waiting for it. */
export interface Limits {
  /** To connect to the instrument. */
  connectMs: number;
  /** To answer one method call, or one read of a device that is polled. */
  callMs: number;
  /** To stop streaming or to disconnect, before its process is killed. */
  stopMs: number;
  /** To answer at all, before its process is killed: a loop without end answers nothing. */
  heartbeatTimeoutMs: number;
  /** To yield the next sample while it streams. `Infinity` for devices that speak only when something happens. */
  sampleTimeoutMs: number;
}

/** What a device gets whose bench file says nothing: 5 restarts in 60 s, delays from 500 ms up to 30 s. */
export const DEFAULT_RESTART: Readonly<RestartPolicy> = Object.freeze({
  maxRestarts: 5,
  windowMs: 60_000,
  initialDelayMs: 500,
  maxDelayMs: 30_000,
});

/** What a device gets whose bench file says nothing. */
export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  connectMs: 10_000,
  callMs: 30_000,
  stopMs: 5_000,
  heartbeatTimeoutMs: DEFAULT_CONFINEMENT.heartbeatTimeoutMs,
  sampleTimeoutMs: Infinity,
});

/** How the daemon treats one device. */
export interface DeviceSettings {
  streaming: StreamingMode;
  /** The options of its streaming runs, unless whoever starts one says otherwise. */
  options: Record<string, unknown>;
  restart: RestartPolicy;
  limits: Limits;
  /** How much memory its driver's process may take, in bytes. */
  memory: number;
  /** How much of its stream is kept for readers that are slow or come back. */
  ring: RingLimits;
  /** How typed arrays travel; `null`: as its driver says. */
  arrays: SampleEncoding | null;
}

/** What a device gets whose bench file says nothing. */
export const DEFAULT_SETTINGS: Readonly<DeviceSettings> = Object.freeze({
  streaming: "on-demand",
  options: {},
  restart: DEFAULT_RESTART,
  limits: DEFAULT_LIMITS,
  memory: DEFAULT_CONFINEMENT.memory,
  ring: DEFAULT_RING,
  arrays: null,
});

/** Settings of which anything may be left out, at both levels. */
export type SomeSettings = {
  [Key in keyof DeviceSettings]?: Key extends "restart" | "limits" | "ring" ? Partial<DeviceSettings[Key]>
    : DeviceSettings[Key];
};

/** The settings with the defaults where they say nothing. */
export function completeSettings({ restart, limits, ring, ...rest }: SomeSettings): DeviceSettings {
  return {
    ...DEFAULT_SETTINGS,
    ...rest,
    restart: { ...DEFAULT_RESTART, ...restart },
    limits: { ...DEFAULT_LIMITS, ...limits },
    ring: { ...DEFAULT_RING, ...ring },
  };
}
