import { timestamp } from "../async/clock.ts";
import { elapsed } from "../format/elapsed.ts";
import { valueWords } from "../format/value_words.ts";
import type { AlarmAction, AlarmState, AlarmStatus, IncidentStatus } from "../wire/alarms.ts";
import type { AlarmEvent } from "../wire/events.ts";
import { AlarmStateMachine, type AlarmTimes } from "./alarm_state.ts";

/** The subject of an alarm. */
export interface AlarmSubject extends AlarmTimes {
  deviceId: string;
  name: string;
  channel: string;
  /** In words. */
  condition: string;
  unit: string;
  actions: readonly AlarmAction[];
  /** True for the silence of the channel: the worst of an incident is then its seconds without a value. */
  isSilence?: boolean;
}

/** The values that a condition was checked with. */
export interface Judged {
  /** The newest value of the channel; `null` if there is none. */
  value: number | null;
  /** The value that the incident keeps if it is its worst; `value`, by default. */
  worst?: number;
  /** A greater one is worse. */
  severity: number;
}

/** A new state that is an event: `firing`, `acknowledged`, and `ok` at the end of an incident. */
export interface AlarmChange {
  alarm: Alarm;
  event: AlarmEvent;
}

/** One alarm of a device: its state, and its present or last incident. */
export class Alarm {
  readonly subject: AlarmSubject;
  readonly #changed: (change: AlarmChange) => void;
  readonly #newId: () => string;
  readonly #machine: AlarmStateMachine;
  #since = timestamp();
  #value: number | null = null;
  /** The worst value since the condition is true, and its severity. */
  #worst: { value: number | null; severity: number } = { value: null, severity: -Infinity };
  #incident: IncidentStatus | undefined;

  /**
   * @param newId The id of a new incident.
   * @param changed Called when it fires, is acknowledged, or its incident ends.
   */
  constructor(subject: AlarmSubject, newId: () => string, changed: (change: AlarmChange) => void) {
    this.subject = subject;
    this.#newId = newId;
    this.#changed = changed;
    this.#machine = new AlarmStateMachine(subject, (state) => this.#entered(state));
  }

  get state(): AlarmState {
    return this.#machine.state;
  }

  /** True while its condition holds. */
  get isTrue(): boolean {
    return this.#machine.isTrue;
  }

  /** When {@linkcode tick} changes the state, by the monotonic clock. */
  get dueMs(): number | undefined {
    return this.#machine.dueMs;
  }

  /** The present incident, or the last one. */
  get incident(): IncidentStatus | undefined {
    return this.#incident;
  }

  /** Updates the alarm: its condition holds, or it does not. */
  update(isTrue: boolean, { value, worst, severity }: Judged, nowMs: number): void {
    this.#value = value;
    if (isTrue) this.#worse(worst ?? value, severity);
    this.#machine.update(isTrue, nowMs);
    if (this.#incident) this.#incident.flaps = this.#machine.flaps;
  }

  /**
   * Goes on with the incident of an earlier run, which has no new event. An alarm of another condition does not.
   *
   * @param severity That of the worst value.
   */
  restore({ condition, incident, state, since }: AlarmStatus, severity: number, nowMs: number): void {
    if (condition !== this.subject.condition || !incident) return;
    this.#incident = { ...incident };
    if (incident.ended_at !== null || (state !== "firing" && state !== "acknowledged")) return;
    this.#since = since;
    this.#worst = { value: incident.worst, severity };
    this.#machine.restore(state, incident.flaps, nowMs);
  }

  /** Time has passed. */
  tick(nowMs: number): void {
    this.#machine.tick(nowMs);
  }

  /** Acknowledges the alarm. Returns false if the alarm is not firing. */
  acknowledge(by: string, note: string | null): boolean {
    if (this.state !== "firing") return false;
    this.#incident!.acknowledged = { at: timestamp(), by, note };
    return this.#machine.acknowledge();
  }

  /** Notes if the instrument was made safe because of the incident. */
  setSafe(safe: IncidentStatus["safe"]): void {
    if (this.#incident) this.#incident.safe = safe;
  }

  /** @param watched False while its device does not have to stream. */
  status(watched: boolean): AlarmStatus {
    const { deviceId: device_id, name, channel, condition, unit, actions } = this.subject;
    return {
      ...{ device_id, name, channel, condition, unit, then: [...actions], state: this.state, since: this.#since },
      ...{ value: this.#value, watched, incident: this.#incident ? { ...this.#incident } : null },
    };
  }

  #worse(value: number | null, severity: number): void {
    if (this.state !== "ok" && severity <= this.#worst.severity) return;
    this.#worst = { value, severity };
    if (this.#incident?.ended_at === null) this.#incident.worst = value;
  }

  #entered(state: AlarmState): void {
    this.#since = timestamp();
    const isEnd = state === "ok" && this.#incident?.ended_at === null;
    if (state === "firing") this.#begin();
    if (isEnd) this.#incident!.ended_at = this.#since;
    if (isEnd || state === "firing" || state === "acknowledged") this.#changed({ alarm: this, event: this.#event() });
  }

  #begin(): void {
    this.#incident = {
      incident_id: this.#newId(),
      began_at: this.#since,
      ended_at: null,
      flaps: 0,
      worst: this.#worst.value,
      acknowledged: null,
      safe: this.subject.actions.includes("safe") ? "pending" : null,
    };
  }

  #event(): AlarmEvent {
    const { deviceId, name, channel } = this.subject;
    return {
      event: "alarm",
      device_id: deviceId,
      timestamp: this.#since,
      ...{ name, channel, state: this.state, message: this.#message(), value: this.#value },
      incident_id: this.#incident!.incident_id,
    };
  }

  #message(): string {
    const { deviceId, channel, condition, unit, isSilence } = this.subject;
    const { worst, acknowledged } = this.#incident!;
    const value = this.#value === null ? "unknown" : valueWords(this.#value, unit);
    const silent = `had no value for ${elapsed((worst ?? 0) * 1000)}`;
    if (this.state === "ok") {
      const isOver = isSilence && this.#value === null ? "is not watched any more" : `is back at ${value}`;
      return `${deviceId}: ${channel} ${isOver}; it ${isSilence ? silent : `was ${condition}`}`;
    }
    const by = this.state === "acknowledged" ? `, acknowledged by ${acknowledged!.by}` : "";
    return `${deviceId}: ${channel} ${isSilence ? `has ${silent}` : `is ${value}, ${condition}`}${by}`;
  }
}
