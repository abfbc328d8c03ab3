import { shortened } from "../../errors.ts";
import type { AlarmStatus } from "../../wire/alarms.ts";
import type { DriverStatus } from "../../wire/driver.ts";
import type { BenchHeartbeat } from "../announcer.ts";

/** A bench is away after so many heartbeats without one. */
const MISSED_BEATS = 3;

/** The status of a device as its bench announces it: without figures that change with each sample. */
export interface AnnouncedDevice {
  device_id: string;
  device_type: string;
  state: string;
  epoch: string;
  lease: { owner: string; purpose: string; since: string; state: string } | null;
  [key: string]: unknown;
}

/** A bench as the hub knows it. */
export class KnownBench {
  readonly name: string;
  readonly devices = new Map<string, AnnouncedDevice>();
  readonly drivers = new Map<string, DriverStatus>();
  /** The alarms of the bench, as of their last change. */
  alarms: readonly AlarmStatus[] = [];
  #beat: BenchHeartbeat | undefined;
  #isGone = false;
  #lastBeatMs = 0;
  #clockOffsetMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The newest heartbeat of the bench; `undefined` before the first. */
  get about(): BenchHeartbeat | undefined {
    return this.#beat;
  }

  /** True while it sends heartbeats. */
  get isThere(): boolean {
    return this.awaySince === null;
  }

  /** The reason why the hub stores nothing of the bench, by its newest heartbeat; `null` while the hub stores it. */
  get notStored(): string | null {
    const reason: unknown = this.isThere ? this.#beat?.not_stored : undefined;
    return typeof reason === "string" ? shortened(reason) : null;
  }

  /** The last time at which the bench was present, if it is away; `null` while it is present. */
  get awaySince(): string | null {
    const beat = this.#beat;
    if (!beat) return new Date(0).toISOString();
    if (beat.ended_at) return beat.ended_at;
    return this.#isGone || performance.now() - this.#lastBeatMs > MISSED_BEATS * beat.heartbeat * 1000 ? beat.at : null;
  }

  /** Notes that the bench does not answer. It counts as away until its next heartbeat. */
  gone(): void {
    this.#isGone = true;
  }

  /** The time since its last heartbeat. */
  get silenceMs(): number {
    return performance.now() - this.#lastBeatMs;
  }

  /** The present time by the clock of the bench, in ms since 1970. */
  get now(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  /**
   * Notes a heartbeat.
   *
   * @param storedAtMs For one that was stored before anyone listened: when that was, by the clock of the hub, in ms since 1970.
   */
  takeBeat(beat: BenchHeartbeat, storedAtMs = Date.now()): void {
    this.#beat = beat;
    this.#isGone = false;
    this.#lastBeatMs = performance.now() - Math.max(0, Date.now() - storedAtMs);
    this.#clockOffsetMs = Date.parse(beat.at) - storedAtMs;
  }
}
