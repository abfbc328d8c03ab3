import { getLogger } from "@logtape/logtape";
import { delay } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import type { BenchListener } from "../device/device_table.ts";
import { LabError, messageOf } from "../errors.ts";
import { channelsOfSchema, nameOf, unitAt } from "../format/channels.ts";
import { eventFrame } from "../stream/frame.ts";
import type { AlarmStatus, IncidentStatus } from "../wire/alarms.ts";
import type { AlarmEvent } from "../wire/events.ts";
import type { Alarm, AlarmChange } from "./alarm.ts";
import { ChannelAlarms } from "./channel_alarms.ts";
import { DeviceAlarms } from "./device_alarms.ts";
import type { AlarmRule } from "./rule.ts";

/** The time between two attempts to make an instrument safe, as long as its alarm fires. */
const SAFE_RETRY_MS = 5_000;

const logger = getLogger(["labdaemon", "alarms"]);

/** The bench whose devices have alarms. Devices come and go. */
export interface WatchedBench {
  readonly epoch: string;
  devices(): Device[];
  getDevice(id: string): Device;
  listen(listener: BenchListener): () => void;
}

/** The parts of {@linkcode Alarms}. */
export interface AlarmsOptions {
  bench: WatchedBench;
  /** The rules by the ids of their devices. */
  rules: ReadonlyMap<string, readonly AlarmRule[]>;
  /** The alarms of an earlier run: their incidents go on. */
  kept?: readonly AlarmStatus[];
  /** Called when an incident has changed. */
  keep?: () => void;
  /** Sends an event of an alarm with `notify` to people elsewhere. */
  notify?: (event: AlarmEvent) => void;
}

/** The alarms of a bench. They are no safety function of a machine. */
export class Alarms {
  readonly #bench: WatchedBench;
  readonly #rules: ReadonlyMap<string, readonly AlarmRule[]>;
  readonly #notify: (event: AlarmEvent) => void;
  readonly #kept: readonly AlarmStatus[];
  readonly #keep: () => void;
  readonly #watched = new Map<Device, DeviceAlarms>();
  readonly #closed = new AbortController();
  readonly #stopListening: () => void;
  #lastId = 0;

  constructor({ bench, rules, notify = () => {}, kept = [], keep = () => {} }: AlarmsOptions) {
    this.#bench = bench;
    this.#rules = rules;
    this.#notify = notify;
    this.#kept = kept;
    this.#keep = keep;
    for (const device of bench.devices()) this.#add(device);
    this.#stopListening = bench.listen({
      added: (device) => this.#add(device),
      removed: (device) => this.#remove(device),
    });
  }

  /** All alarms, sorted by device. */
  list(isIncluded: (device: Device) => boolean = () => true): AlarmStatus[] {
    return [...this.#watched.values()].filter(({ device }) => isIncluded(device)).flatMap(({ channels, isWatched }) =>
      channels.flatMap(({ all }) => all.map((alarm) => alarm.status(isWatched)))
    );
  }

  /**
   * Acknowledges a firing alarm.
   *
   * @throws {LabError} `DeviceNotFound`, `AlarmNotFound`, or `AlarmNotFiring`.
   */
  acknowledge(deviceId: string, name: string, by: string, note: string | null): AlarmStatus {
    const device = this.#bench.getDevice(deviceId);
    const watched = this.#watched.get(device);
    const alarms = watched?.channels.flatMap(({ all }) => all) ?? [];
    const alarm = alarms.find(({ subject }) => subject.name === name);
    const attempt = `Cannot acknowledge the alarm "${name}" of "${deviceId}"`;
    const context = { device_id: deviceId, alarm: name };
    if (!alarm) {
      const known = alarms.map(({ subject }) => subject.name).join(", ") || "none";
      throw new LabError("AlarmNotFound", `${attempt}: its alarms are ${known}`, { context });
    }
    if (!alarm.acknowledge(by, note)) {
      throw new LabError("AlarmNotFiring", `${attempt}: it is ${alarm.state}, and only one that is firing can be`, {
        context: { ...context, state: alarm.state },
      });
    }
    return alarm.status(watched!.isWatched);
  }

  /** Ends the watching. */
  close(): void {
    this.#closed.abort();
    this.#stopListening();
    for (const watched of this.#watched.values()) watched.close();
    this.#watched.clear();
  }

  #add(device: Device): void {
    const rules = this.#rules.get(device.id) ?? [];
    if (rules.length === 0) return;
    const newId = () => `${this.#bench.epoch}-${++this.#lastId}`;
    const changed = (change: AlarmChange) => this.#changed(device, change);
    const parts = { deviceId: device.id, newId, changed };
    const channels = rules.map((rule) => new ChannelAlarms({ ...parts, rule, unit: unitOf(device, rule.channel) }));
    const kept = this.#kept.filter(({ device_id }) => device_id === device.id);
    for (const channel of channels) channel.restore(kept, performance.now());
    this.#watched.set(device, new DeviceAlarms(device, channels));
    for (const alarm of channels.flatMap(({ all }) => all)) {
      const { incident, subject } = alarm;
      // The daemon may have ended before the instrument was safe.
      if (incident?.ended_at !== null || incident.safe === null || incident.safe === "done") continue;
      const what = `${device.id}: ${subject.channel} was ${subject.condition} before the daemon was restarted`;
      void this.#makeSafe(device, alarm, incident.incident_id, what);
    }
  }

  #remove(device: Device): void {
    this.#watched.get(device)?.close();
    this.#watched.delete(device);
  }

  #changed(device: Device, { alarm, event }: AlarmChange): void {
    const { event: name, ...data } = event;
    device.log.notify(eventFrame(name, data));
    const fields = { text: event.message, device_id: device.id, alarm: event.name, state: event.state };
    if (event.state === "firing") logger.error("ALARM: {text}", fields);
    else logger.info("Alarm {state}: {text}", fields);
    const { actions } = alarm.subject;
    if (actions.includes("notify")) this.#notify(event);
    this.#keep();
    if (event.state === "firing" && actions.includes("safe")) {
      void this.#makeSafe(device, alarm, event.incident_id, event.message);
    }
  }

  /** Makes the instrument safe, again and again while that fails and the incident has not ended. */
  async #makeSafe(device: Device, alarm: Alarm, id: string, message: string): Promise<void> {
    const { signal } = this.#closed;
    const setSafe = (safe: IncidentStatus["safe"]) => {
      if (signal.aborted || alarm.incident?.incident_id !== id) return;
      alarm.setSafe(safe);
      this.#keep();
    };
    const isOpen = () => alarm.incident?.incident_id === id && alarm.incident.ended_at === null;
    while (!signal.aborted) {
      try {
        await device.makeSafe(`alarm: ${message}`);
        setSafe("done");
        return;
      } catch (error) {
        logger.error("The alarm could not make {device_id} safe: {error}", {
          device_id: device.id,
          error: messageOf(error),
        });
        setSafe("failed");
      }
      await delay(SAFE_RETRY_MS, { signal }).catch(() => {});
      if (!isOpen() || !this.#watched.has(device)) return;
    }
  }
}

/** The unit of a channel, as the schema of the device's samples gives it. */
function unitOf(device: Device, channel: string): string {
  const { sample } = device;
  const path = sample && channelsOfSchema(sample).find((path) => nameOf(path) === channel);
  return path ? unitAt(sample, path) : "";
}
