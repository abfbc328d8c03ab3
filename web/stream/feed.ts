import type { ClockEvent, DeviceDataEvent, DeviceStateEvent, StreamEvent } from "../../lib/client/mod.ts";
import { FeedChannels } from "./feed_channels.ts";
import { GapTracker } from "./gaps.ts";
import { Pace } from "./pace.ts";
import { ABSENT, type ClockStep, type Picture, type PlottedChannel, type StateChange } from "./picture.ts";
import type { Value } from "./channels.ts";
import { secondsOf } from "./timestamps.ts";
import { Trace } from "./trace.ts";

const MAX_STATES = 200;
const MAX_STEPS = 50;
/** An older state was missed, and is sent again. */
const HISTORY_SECONDS = 3;

/**
 * One device's stream as this page knows it from the events. Independent of the screen.
 */
export class Feed {
  readonly deviceId: string;
  readonly states: StateChange[] = [];
  gaps: GapTracker;
  /** The steps of the daemon's clock. Older times are moved to where the present clock would have them. */
  readonly steps: ClockStep[] = [];
  live: Picture = { trace: new Trace(), waveforms: new Map() };
  /** Counts whenever something other than a number has changed: a channel, a state, a gap. */
  revision = 0;
  /** Counts samples, so that a reader sees that there are new ones. */
  samples = 0;
  /** The newest sample, whether or not it could be drawn. */
  newest: { time: number; sequence: number; payload: unknown } | undefined;
  /** The largest regular interval between points in seconds; see {@linkcode GapTracker}. */
  interval = 1;
  #isCut = true;
  #pace = new Pace();
  readonly #kept = new FeedChannels();
  /** The newest step that arrived: a reader that resumes gets it again. */
  #lastStep = "";

  constructor(deviceId: string) {
    this.deviceId = deviceId;
    this.gaps = new GapTracker(deviceId);
  }

  get channels(): ReadonlyMap<string, PlottedChannel> {
    return this.#kept.channels;
  }

  /** The newest value of each channel; a channel without a value in the newest sample is missing. */
  get values(): ReadonlyMap<string, Value> {
    return this.#kept.values;
  }

  /** A longer time without a sample is unusual for the device, in seconds; `undefined` before two samples. */
  get quietSeconds(): number | undefined {
    return Number.isFinite(this.#pace.limit) ? this.#pace.limit : undefined;
  }

  /** The last known state of the device. */
  get state(): StateChange | undefined {
    return this.states.at(-1);
  }

  /**
   * Receives an event.
   *
   * @param id The event's id: the epoch and the place in it.
   * @param now The daemon's time, in seconds since 1970.
   */
  receive(event: StreamEvent, id: string, now: number): void {
    if (event.event === "device_data") this.#onSample(event, id, now);
    else if (event.event === "gap") {
      this.gaps.onGap(event, id, this.live.trace.newest);
      this.revision++;
    } else if (event.event === "clock") this.#onClock(event);
    else if (event.event === "device_state") this.#onState(event, id, now);
    else if (event.event === "stream_error" && this.state) {
      this.state.error = event.error.message;
      this.state.source = event.error.failure_source;
      this.revision++;
    }
  }

  /** Adds channels of numbers that were measured before. */
  addNumbers(names: Iterable<string>): void {
    if (this.#kept.addNumbers(names)) this.revision++;
  }

  /** Clears the history but not the present state: the daemon sends the samples again. */
  clear(): void {
    this.gaps = new GapTracker(this.deviceId);
    this.live = { trace: new Trace(), waveforms: new Map() };
    this.#kept.addTo(this.live);
    this.#pace = new Pace();
    this.states.splice(0, this.states.length - 1);
    this.steps.length = 0;
    this.#lastStep = "";
    this.#isCut = true;
    this.revision++;
  }

  /** The stream was cut off: what comes next may have been waiting for this page. */
  interrupted(): void {
    this.gaps.interrupted();
  }

  /**
   * Notes that the daemon does not have the device. Its state is unknown since `time`, the time of the daemon's last
   * answer.
   */
  absent(time: number): void {
    this.states.push({ time: Math.max(time, this.state?.time ?? -Infinity), state: ABSENT });
    this.#isCut = true;
    this.revision++;
  }

  #onSample(event: DeviceDataEvent, id: string, now: number): void {
    const { sequence, skipped = 0, timestamp, received = timestamp, dt } = event;
    const { trace } = this.live;
    const time = secondsOf(timestamp);
    const before = trace.newest;
    const step = this.steps.at(-1);
    if (step && step.to === undefined) step.to = time;
    const pace = { wasStopped: this.#isCut, late: now - secondsOf(received), interval: this.interval };
    const isContinuous = this.gaps.onSample({ id, sequence, skipped, time, before, ...pace });
    if (isContinuous === undefined) return;
    const isSetBack = before !== undefined && time < before;
    if (isSetBack) this.gaps.onClock(time, trace.cutFrom(time));
    if (!isContinuous || isSetBack || !this.newest) this.revision++;
    const isPause = !this.#isCut && before !== undefined && this.#pace.isPause(time - before);
    trace.append(time, sequence, skipped, isContinuous && !isSetBack && !this.#isCut && !isPause);
    this.#isCut = false;
    this.samples++;
    this.newest = { time, sequence, payload: event.payload };
    const at = { time, sequence, ...dt !== undefined && { dt } };
    if (this.#kept.keep(event.payload, at, this.live)) this.revision++;
  }

  /**
   * Notes that the daemon's clock was set. Older times are moved to where the present clock would have them, so that
   * times never fall, and the samples keep their distances. A new line begins.
   */
  #onClock({ timestamp, step }: ClockEvent): void {
    const key = `${timestamp} ${step}`;
    if (key === this.#lastStep) return;
    this.#lastStep = key;
    const newest = this.live.trace.newest;
    if (newest === undefined) return;
    this.live.trace.shift(step);
    this.gaps.shift(step);
    for (const it of this.states) if (it.time <= newest) it.time += step;
    for (const it of this.steps) {
      it.from += step;
      if (it.to !== undefined) it.to += step;
    }
    this.steps.push({ step, from: newest + step, to: undefined });
    if (this.steps.length > MAX_STEPS) this.steps.shift();
    this.#isCut = true;
    this.revision++;
  }

  #onState({ state, timestamp, error, failure_source }: DeviceStateEvent, id: string, now: number): void {
    this.gaps.onPlace(id);
    // After a stop a new line begins.
    if (state !== "streaming") this.#isCut = true;
    const time = secondsOf(timestamp);
    // Each new stream begins with the present state, and repeats those that were missed.
    if (this.states.some((it) => it.time === time && it.state === state)) return;
    const change = { time, state, error: error?.message, source: failure_source ?? error?.failure_source };
    const isHistory = now - time > HISTORY_SECONDS && this.states.some((it) => it.time > time);
    if (isHistory) this.states.splice(this.states.findIndex((it) => it.time > time), 0, change);
    // A newer one with an earlier time: the daemon's clock was set back.
    else this.states.splice(0, Infinity, ...this.states.filter((it) => it.time < time), change);
    if (this.states.length > MAX_STATES) this.states.shift();
    this.revision++;
  }
}
