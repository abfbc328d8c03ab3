import { getLogger } from "@logtape/logtape";
import type { KvWatchEntry } from "@nats-io/kv";
import type { Msg } from "@nats-io/transport-node";
import { keepTrying } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import type { BenchHeartbeat } from "../announcer.ts";
import type { HubConnection } from "../hub_connection.ts";
import { heartbeatSubject, untoken } from "../names.ts";
import { readAlarms, readDevice } from "./announced.ts";
import { KnownBench } from "./known_bench.ts";

/** The pauses between two attempts to watch. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 };

/** The silence after which a watch is begun again: a hub that was wiped ends no watch. */
const SILENT_MS = 12_000;

const logger = getLogger(["labdaemon", "hub"]);

/** The benches of a hub, by what they announce. A bench that the hub no longer has stays, and is away. */
export class Fleet {
  readonly #benches = new Map<string, KnownBench>();
  #isComplete = Promise.withResolvers<void>();

  /** All benches, by name. */
  get benches(): ReadonlyMap<string, KnownBench> {
    return this.#benches;
  }

  /** Resolves when all that the hub has was read once. */
  get complete(): Promise<void> {
    return this.#isComplete.promise;
  }

  /** Watches until the signal aborts, through cuts. Never rejects. */
  async watch(hub: HubConnection, signal: AbortSignal): Promise<void> {
    await keepTrying((succeeded) => this.#watchOnce(hub, signal, succeeded), {
      signal,
      backoff: RETRY,
      failed: (error) => logger.warn("The benches of the hub are not known: {error}", { error: messageOf(error) }),
    });
  }

  async #watchOnce(hub: HubConnection, signal: AbortSignal, onEntry: () => void): Promise<void> {
    // A bucket that was wiped is made again.
    const bucket = await hub.openBucket();
    const entries = await bucket.watch();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => entries.stop();
    const expect = () => {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENT_MS);
    };
    signal.addEventListener("abort", stop);
    const unstored = hub.nats.subscribe(heartbeatSubject("*"), {
      callback: (error, message) => {
        // While the hub is full, nothing new is in the bucket, and the watch has not ended.
        expect();
        if (!error) this.#takeHeartbeat(message.subject, message);
      },
    });
    /** The names that the hub has, by bench: the rest is gone. */
    const found = new Map<string, Set<string>>();
    let isFirst = true;
    const complete = () => {
      isFirst = false;
      this.#dropOthers(found);
      this.#isComplete.resolve();
    };
    try {
      expect();
      // An empty bucket shows no entry.
      if ((await bucket.status()).values === 0) complete();
      for await (const entry of entries) {
        onEntry();
        expect();
        const { bench, name } = this.#take(entry, isFirst);
        if (!isFirst) continue;
        found.set(bench, (found.get(bench) ?? new Set()).add(name));
        if (entry.isUpdate) complete();
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      unstored.unsubscribe();
      entries.stop();
    }
  }

  /**
   * Takes the heartbeat of a bench whose hub is full. A bench that the hub has never stored is unknown without its
   * devices.
   */
  #takeHeartbeat(subject: string, message: Pick<Msg, "json">): void {
    try {
      const bench = this.#benches.get(subject.split(".")[1]);
      if (bench?.about) bench.takeBeat(message.json<BenchHeartbeat>());
    } catch (error) {
      logger.warn("Cannot read {key} of the hub: {error}", { key: subject, error: messageOf(error) });
    }
  }

  #take(entry: KvWatchEntry, isOld: boolean): { bench: string; name: string } {
    const [name, kind, id = ""] = entry.key.split(".");
    const about = { bench: name, name: `${kind}.${id}` };
    const bench = this.#benches.get(name) ?? new KnownBench(name);
    this.#benches.set(name, bench);
    const isGone = entry.operation !== "PUT";
    if (isGone) {
      if (kind === "devices") bench.devices.delete(untoken(id));
      if (kind === "drivers") bench.drivers.delete(untoken(id));
      return { ...about, name: "" };
    }
    try {
      if (kind === "bench") bench.takeBeat(entry.json(), isOld ? entry.created.getTime() : undefined);
      if (kind === "devices") bench.devices.set(untoken(id), readDevice(entry.json(), untoken(id)));
      if (kind === "drivers") bench.drivers.set(untoken(id), entry.json());
      if (kind === "alarms") bench.alarms = readAlarms(entry.json());
    } catch (error) {
      logger.warn("Cannot read {key} of the hub: {error}", { key: entry.key, error: messageOf(error) });
    }
    return about;
  }

  /** Devices and drivers that went while no one watched. */
  #dropOthers(found: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [name, names] of found) {
      const bench = this.#benches.get(name)!;
      const known = new Set([...names].map((it) => untoken(it)));
      for (const id of bench.devices.keys()) if (!known.has(`devices.${id}`)) bench.devices.delete(id);
      for (const id of bench.drivers.keys()) if (!known.has(`drivers.${id}`)) bench.drivers.delete(id);
    }
  }
}
