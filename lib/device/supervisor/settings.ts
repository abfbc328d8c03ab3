/**
 * The settings of one device: its restart budget, its time limits, its memory and its stream's ring.
 *
 * @module
 */
import type { ArrayEncoding } from "../../driver/mod.ts";
import { DEFAULT_CONFINEMENT } from "../../host/child_process.ts";
import { DEFAULT_RING, type RingLimits } from "../../stream/ring.ts";

/** A device streams while it has a reader (`on-demand`), from its first connection on (`always`), or on request (`manual`). */
export type StreamingMode = "on-demand" | "always" | "manual";

/**
 * The backoff and the restart budget of a device.
 *
 * The delays apply to every attempt: they grow exponentially, with full jitter, from `initialDelayMs` to `maxDelayMs`. The
 * budget counts only failures of the driver (its process exits, hangs or breaks the protocol). An absent instrument does
 * not count: a cable may be out all night.
 */
export interface RestartPolicy {
  /** The restarts of the driver's process within `windowMs`; one more makes the device `faulted`. 0 allows none. */
  maxRestarts: number;
  /** The period over which restarts are counted. */
  windowMs: number;
  /** The longest delay before the first new attempt. */
  initialDelayMs: number;
  /** The longest delay after any number of failed attempts. */
  maxDelayMs: number;
}

/** The time limits of a driver. */
export interface Limits {
  /** To connect to the instrument. */
  connectMs: number;
  /** The limit for the answer of one method call without a limit of its own, and for one read of a polled device. */
  callMs: number;
  /** The limit to stop streaming or to disconnect. After it, the process is killed. */
  stopMs: number;
  /** The limit to answer a heartbeat. After it, the process is killed: an endless loop answers none. */
  heartbeatTimeoutMs: number;
  /** The limit for the next sample while the device streams. `Infinity` for a device whose samples are rare events. */
  sampleTimeoutMs: number;
}

/**
 * The daemon waits so much longer for an answer than the limit that it gave the driver's process. The error is then the
 * process's own, which names what hangs in the driver.
 */
export const ANSWER_GRACE_MS = 500;

/** The default: 5 restarts in 60 s, delays from 500 ms up to 30 s. */
export const DEFAULT_RESTART: Readonly<RestartPolicy> = Object.freeze({
  maxRestarts: 5,
  windowMs: 60_000,
  initialDelayMs: 500,
  maxDelayMs: 30_000,
});

/** The default time limits. */
export const DEFAULT_LIMITS: Readonly<Limits> = Object.freeze({
  connectMs: 10_000,
  callMs: 30_000,
  stopMs: 5_000,
  heartbeatTimeoutMs: DEFAULT_CONFINEMENT.heartbeatTimeoutMs,
  sampleTimeoutMs: Infinity,
});

/** The settings of one device. */
export interface DeviceSettings {
  streaming: StreamingMode;
  /** The options of its runs, unless a start gives others. */
  options: Record<string, unknown>;
  restart: RestartPolicy;
  limits: Limits;
  /** The memory limit of its driver's process, in bytes. */
  memoryBytes: number;
  /** The size of its stream's ring, for readers that are slow or come back. */
  ring: RingLimits;
  /** The encoding of typed arrays; `null`: the driver's. */
  arrays: ArrayEncoding | null;
  /** True if the instrument is made safe when the daemon ends, or dies. */
  safeOnShutdown: boolean;
  /** True if the traffic of the device's connections is recorded with it. */
  transcript: boolean;
  /** `required`: requests that command the device need a lease of it. */
  lease: "required" | null;
}

/** The default settings. */
export const DEFAULT_SETTINGS: Readonly<DeviceSettings> = Object.freeze({
  streaming: "on-demand",
  options: {},
  restart: DEFAULT_RESTART,
  limits: DEFAULT_LIMITS,
  memoryBytes: DEFAULT_CONFINEMENT.memoryBytes,
  ring: DEFAULT_RING,
  arrays: null,
  safeOnShutdown: false,
  transcript: false,
  lease: null,
});

/** Settings with optional fields, at both levels. */
export type SomeSettings = {
  [Key in keyof DeviceSettings]?: Key extends "restart" | "limits" | "ring" ? Partial<DeviceSettings[Key]>
    : DeviceSettings[Key];
};

/** The settings, completed by the defaults. Other fields of `given` are left out. */
export function completeSettings(given: SomeSettings): DeviceSettings {
  const { streaming, options, memoryBytes, arrays, safeOnShutdown, transcript, lease } = {
    ...DEFAULT_SETTINGS,
    ...given,
  };
  return {
    ...{ streaming, options, memoryBytes, arrays, safeOnShutdown, transcript, lease },
    restart: { ...DEFAULT_RESTART, ...given.restart },
    limits: { ...DEFAULT_LIMITS, ...given.limits },
    ring: { ...DEFAULT_RING, ...given.ring },
  };
}
