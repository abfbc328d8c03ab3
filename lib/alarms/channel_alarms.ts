import { formatDuration } from "../format/duration.ts";
import type { AlarmStatus } from "../wire/alarms.ts";
import { Alarm, type AlarmChange, type AlarmSubject } from "./alarm.ts";
import { channelNumbers, extremes } from "./channel_value.ts";
import { type AlarmRule, conditionWords, excess, isBeyond } from "./rule.ts";

/** Without `silent` in its rule, a channel is silent after this many of its periods, but not before the least time. */
const SILENT_PERIODS = 10;
const MIN_SILENT_MS = 10_000;

/** The silence before the first value: instruments need their time. */
const FIRST_SILENT_MS = 30_000;

/** The measured period decays by this factor with each value. */
const PERIOD_DECAY = 0.9;

/** The parts of {@linkcode ChannelAlarms}. */
export interface ChannelParts {
  deviceId: string;
  rule: AlarmRule;
  /** The channel's unit; empty if the channel has none. */
  unit: string;
  newId: () => string;
  changed: (change: AlarmChange) => void;
}

/** The alarms of one rule: one for the limit, one for the silence of the channel. */
export class ChannelAlarms {
  readonly limit: Alarm | undefined;
  readonly silence: Alarm | undefined;
  readonly #rule: AlarmRule;
  #isWatched = false;
  /** When the last value came, or when values could first be expected; by the monotonic clock. */
  #lastSampleMs = 0;
  #hasValue = false;
  #periodMs = 0;

  constructor({ deviceId, rule, unit, newId, changed }: ChannelParts) {
    this.#rule = rule;
    const { name, channel, actions, forMs, clearsAfterMs, silentMs } = rule;
    const about = { deviceId, channel, actions, clearsAfterMs };
    const make = (subject: AlarmSubject) => new Alarm(subject, newId, changed);
    if (rule.above !== undefined || rule.below !== undefined) {
      this.limit = make({ ...about, name, forMs, unit, condition: conditionWords(rule, unit) });
    }
    if (silentMs !== null) {
      const time = silentMs === undefined ? "much longer than its period" : formatDuration(silentMs);
      // One value ends the silence, without a hold time.
      const subject = { ...about, name: `${name}-silent`, forMs: 0, clearsAfterMs: 0, unit: "", isSilence: true };
      this.silence = make({ ...subject, condition: `without a value for ${time}` });
    }
  }

  /** The alarms of the rule. */
  get all(): Alarm[] {
    return [this.limit, this.silence].filter((alarm) => alarm !== undefined);
  }

  /** Goes on with the incidents of an earlier run. */
  restore(kept: readonly AlarmStatus[], nowMs: number): void {
    for (const alarm of this.all) {
      const before = kept.find(({ name }) => name === alarm.subject.name);
      const worst = before?.incident?.worst ?? null;
      const severity = worst === null ? -Infinity : alarm === this.limit ? excess(this.#rule, worst) : worst;
      if (before) alarm.restore(before, severity, nowMs);
    }
  }

  /** When {@linkcode tick} is to be called next. */
  get dueMs(): number {
    const silent = this.silence && this.#isWatched && !this.silence.isTrue
      ? this.#lastSampleMs + this.#silentMs
      : Infinity;
    return Math.min(silent, ...this.all.map(({ dueMs = Infinity }) => dueMs));
  }

  /** Takes the payload of a sample. */
  take(payload: unknown, nowMs: number): void {
    const found = extremes(channelNumbers(payload, this.#rule.channel));
    if (!found) return this.tick(nowMs);
    const { low, high } = found;
    const value = excess(this.#rule, high) >= excess(this.#rule, low) ? high : low;
    this.#sampled(value, nowMs);
    const severity = excess(this.#rule, value);
    this.limit?.update(isBeyond(this.#rule, value, this.limit.isTrue), { value, severity }, nowMs);
  }

  /** Time has passed. */
  tick(nowMs: number): void {
    this.limit?.tick(nowMs);
    if (!this.#isWatched || !this.silence) return;
    const silentMs = nowMs - this.#lastSampleMs;
    const seconds = Math.round(silentMs / 100) / 10;
    if (silentMs >= this.#silentMs) {
      this.silence.update(true, { value: null, worst: seconds, severity: seconds }, nowMs);
    }
  }

  /** @param isWatched False while the device does not have to stream: its silence is then no alarm. */
  watch(isWatched: boolean, nowMs: number): void {
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    this.#lastSampleMs = nowMs;
    this.#hasValue = false;
    if (!isWatched) this.silence?.update(false, { value: null, severity: -Infinity }, nowMs);
  }

  get #silentMs(): number {
    const { silentMs } = this.#rule;
    if (typeof silentMs === "number") return silentMs;
    return this.#hasValue ? Math.max(MIN_SILENT_MS, SILENT_PERIODS * this.#periodMs) : FIRST_SILENT_MS;
  }

  #sampled(value: number, nowMs: number): void {
    // The seconds up to now.
    if (this.silence?.isTrue) this.tick(nowMs);
    if (this.#hasValue) this.#periodMs = Math.max(nowMs - this.#lastSampleMs, PERIOD_DECAY * this.#periodMs);
    this.#hasValue = true;
    this.#lastSampleMs = nowMs;
    this.silence?.update(false, { value, severity: -Infinity }, nowMs);
  }
}
