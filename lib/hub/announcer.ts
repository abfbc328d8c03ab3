import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import { severalAtATime } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import { messageOf } from "../errors.ts";
import type { AlarmStatus } from "../wire/alarms.ts";
import type { DriverStatus } from "../wire/driver.ts";
import { announcedStatus } from "./announced_status.ts";
import { codeOf, type HubConnection, maxBodyBytes } from "./hub_connection.ts";
import { BUCKET, heartbeatSubject, keyOf } from "./names.ts";

/** The time between two heartbeats of a bench. One that is silent for three of them is away. */
export const HEARTBEAT_MS = 5_000;

/** The time between two looks at its devices and drivers. */
const LOOK_MS = 1_000;

/**
 * The keys that are written at the same time. One by one, the keys of hundreds of devices would cost as many round
 * trips to the hub, and would delay the heartbeats.
 */
const MAX_WRITES = 32;

/** The errors of a server that has no more room: of its store, of the account, of the bucket. */
const FULL = new Set([10023, 10002, 10047, 10077]);

const logger = getLogger(["labdaemon", "hub"]);

/** The facts that a bench announces of itself, every 5 s. Times are by its own clock. */
export interface BenchHeartbeat {
  bench: string;
  version: string;
  /** The name of its machine. */
  host: string | null;
  epoch: string;
  /** When this run connected. */
  since: string;
  at: string;
  /** The seconds between two of them. */
  heartbeat: number;
  ended_at: string | null;
  /** The reason why the hub does not store the bench's messages. It is published, but never in the bucket. */
  not_stored?: string;
}

/** The parts of a bench that its devices do not have. */
export interface AnnouncedFacts {
  name: string;
  version: string;
  /** The name of the bench's machine, if it is known. */
  host?: string;
  alarms?: () => readonly AlarmStatus[];
}

/** The announced bench with its devices. */
export interface AnnouncedBench {
  readonly epoch: string;
  devices(): Device[];
  drivers(): DriverStatus[];
}

/** Announces a bench, its devices and its drivers, and keeps that up to date: a key for each, written when it changes. */
export class Announcer {
  readonly #hub: HubConnection;
  readonly #bench: AnnouncedBench;
  readonly #name: string;
  readonly #about: Omit<BenchHeartbeat, "at" | "heartbeat" | "ended_at">;
  readonly #alarms: () => readonly AlarmStatus[];
  /** The written values, by their keys. */
  readonly #written = new Map<string, string>();
  #beatMs = -Infinity;
  /** The epoch of another daemon that has the name of this bench. */
  #other: string | undefined;

  constructor(hub: HubConnection, bench: AnnouncedBench, { name, version, host, alarms = () => [] }: AnnouncedFacts) {
    this.#hub = hub;
    this.#bench = bench;
    this.#name = name;
    this.#about = { bench: name, version, host: host ?? null, epoch: bench.epoch, since: timestamp() };
    this.#alarms = alarms;
  }

  /**
   * Announces until the signal aborts; then announces the last changes and the end of the bench. Rejects if the hub
   * refuses, unless the hub is full.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#removeOthers();
    while (!signal.aborted) {
      await this.#look();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, LOOK_MS);
        function done() {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        }
        signal.addEventListener("abort", done);
      });
    }
    await this.#look();
    await this.#beat({ ended_at: timestamp() });
  }

  async #look(): Promise<void> {
    await this.#announce().catch((error) => {
      if (!isFull(error)) throw error;
      logger.warn("The hub has no room for what this bench announces: {error}", { error: error.message });
    });
  }

  /** Writes the values that have changed. */
  async #announce(): Promise<void> {
    await this.#beatIfDue();
    const found = this.#found();
    const changed = [...found].filter(([key, text]) => this.#written.get(key) !== text);
    await severalAtATime(changed, MAX_WRITES, async ([key, text]) => {
      await this.#write(key, text);
      this.#written.set(key, text);
    });
    const gone = [...this.#written.keys()].filter((key) => !found.has(key));
    await severalAtATime(gone, MAX_WRITES, async (key) => {
      await this.#hub.bucket.delete(key);
      this.#written.delete(key);
    });
  }

  /** Writes one value. If it is too large for the server, its key is deleted and a warning logged. */
  async #write(key: string, text: string): Promise<void> {
    const limit = maxBodyBytes(this.#hub);
    const value = new TextEncoder().encode(text);
    if (value.length <= limit) return void await this.#hub.bucket.put(key, value);
    const facts = { key, bytes: value.length, limit };
    logger.warn("{key} is not announced: it has {bytes} bytes, and the hub takes {limit} (max_payload)", facts);
    await this.#hub.bucket.delete(key);
  }

  async #beatIfDue(): Promise<void> {
    const now = performance.now();
    if (now - this.#beatMs < HEARTBEAT_MS) return;
    const isFirst = this.#beatMs === -Infinity;
    this.#beatMs = now;
    const found = await this.#hub.bucket.get(keyOf(this.#name, "bench"));
    // A hub that was wiped gets all again.
    if (!found) this.#written.clear();
    else if (!isFirst && found.operation === "PUT") await this.#checkOther(found.json());
    await this.#beat({ ended_at: null });
  }

  /** Reports another daemon that announces itself under this name, and so overwrites the announcements of this one. */
  async #checkOther({ epoch, host, ended_at }: BenchHeartbeat): Promise<void> {
    if (epoch === this.#about.epoch) return;
    this.#written.clear();
    if (ended_at !== null) return await this.#removeOthers();
    if (epoch === this.#other) return;
    this.#other = epoch;
    const facts = { bench: this.#name, host: host ?? "an unknown machine" };
    logger.error(
      "Another daemon, on {host}, is {bench} at the hub, too: its copy mixes both. Change hub.bench of one",
      facts,
    );
  }

  async #beat(more: Pick<BenchHeartbeat, "ended_at">): Promise<void> {
    const value: BenchHeartbeat = { ...this.#about, at: timestamp(), heartbeat: HEARTBEAT_MS / 1000, ...more };
    await this.#hub.bucket.put(keyOf(this.#name, "bench"), JSON.stringify(value)).catch((error) => {
      // A server whose store is full still passes messages on.
      const unstored = JSON.stringify({ ...value, not_stored: messageOf(error) });
      if (isFull(error)) this.#hub.nats.publish(heartbeatSubject(this.#name), unstored);
      throw error;
    });
  }

  #found(): Map<string, string> {
    const found = new Map<string, string>();
    found.set(keyOf(this.#name, "alarms"), JSON.stringify(this.#alarms().map(announcedAlarm)));
    for (const device of this.#bench.devices()) {
      found.set(keyOf(this.#name, "devices", device.id), announcedStatus(device));
    }
    for (const driver of this.#bench.drivers()) {
      if (driver.name !== null) found.set(keyOf(this.#name, "drivers", driver.name), JSON.stringify(driver));
    }
    return found;
  }

  /** Deletes the entries of an earlier run that this one does not have. */
  async #removeOthers(): Promise<void> {
    const found = this.#found();
    const prefix = `$KV.${BUCKET}.`;
    // Listing the keys by a consumer would need more rights.
    for (const kind of ["devices", "drivers"] as const) {
      const query = { subjects_filter: `${prefix}${keyOf(this.#name, kind)}.*` };
      const { state } = await this.#hub.manager.streams.info(`KV_${BUCKET}`, query);
      const keys = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
      const others = keys.filter((key) => !found.has(key));
      await severalAtATime(others, MAX_WRITES, async (key) => void await this.#hub.bucket.delete(key));
    }
  }
}

function isFull(error: unknown): boolean {
  return FULL.has(codeOf(error) ?? 0);
}

/** Without an incident, an alarm is announced without its value, which changes with each sample. */
function announcedAlarm(alarm: AlarmStatus): AlarmStatus {
  return alarm.incident?.ended_at === null ? alarm : { ...alarm, value: null };
}
