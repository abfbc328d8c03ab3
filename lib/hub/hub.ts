import { getLogger } from "@logtape/logtape";
import { deadline, delay, keepTrying, Semaphore } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import type { BenchListener } from "../device/device_table.ts";
import { AckWindow } from "./ack_window.ts";
import { type AnnouncedBench, Announcer, type BenchFacts } from "./announcer.ts";
import { AuditPublisher, type AuditSource } from "./audit_publisher.ts";
import { FAR_SAMPLES } from "./device_cursor.ts";
import { DevicePublisher } from "./device_publisher.ts";
import { connectHub, type HubConnection } from "./hub_connection.ts";
import type { HubOptions } from "./hub_options.ts";
import { Link } from "./link.ts";
import { notReached } from "./not_reached.ts";
import type { RecordedPast } from "./past.ts";
import { type Answering, answerRequests } from "./requests.ts";
import { SignatureCheck } from "./signed/signed_request.ts";
import { watchStream } from "./stream_watch.ts";

/** The pauses between two attempts to reach the hub: short, since what was missed meanwhile is to be there soon. */
const RETRY = { initialDelayMs: 250, maxDelayMs: 500 };

/** The additional pause behind one that has reached a server, which refuses: to answer it costs the server more. */
const REFUSED_MS = 500;

/** After a connection of this length, the pauses begin again at the shortest. */
const SETTLED_MS = 10_000;

/** The time to send the rest when the daemon ends. */
const CLOSE_MS = 2_000;

const logger = getLogger(["labdaemon", "hub"]);

/** The bench as the hub gets it. */
export interface HubBench extends AnnouncedBench {
  listen(listener: BenchListener): () => void;
}

/** The parts of {@linkcode Hub}. */
export interface HubParts {
  options: HubOptions;
  bench: HubBench;
  daemon: Answering;
  /** The source of all that the rings no longer have. */
  recorded?: RecordedPast;
  /** The record of commands; none, without tokens. */
  audit?: AuditSource;
  facts: Omit<BenchFacts, "name">;
}

/** While the hub is away, what catches up is prepared so often, when it is due. */
const PREPARE_MS = 5_000;

/** The devices whose recordings are read at a time. */
const MAX_READINGS = 2;

/**
 * The connection of a bench to a hub: it announces the bench, publishes its streams, and answers requests. The bench is the
 * store, the hub is a copy: without it the bench goes on.
 */
export class Hub {
  readonly #parts: HubParts;
  readonly #check: SignatureCheck;
  readonly #end = new AbortController();
  readonly #over: Promise<void>;
  readonly #readings = new Semaphore(MAX_READINGS);
  /** Of the devices that catch up. */
  readonly #turns = new Semaphore(1);
  #isConnected = false;
  /** The numbers that were due of the devices when the connection ended. */
  #ends = new Map<Device, number>();

  constructor(parts: HubParts) {
    this.#parts = parts;
    const { options: { bench: name, views = [] }, bench: { epoch } } = parts;
    this.#check = new SignatureCheck({ views, bench: name, epoch });
    this.#over = this.#run();
  }

  /** True while the hub is reached. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Sends what is left, and ends the connection. Never rejects. */
  async close(): Promise<void> {
    this.#end.abort();
    // An attempt to connect may take longer.
    await deadline(this.#over, 2 * CLOSE_MS).catch(() => {});
  }

  async #run(): Promise<void> {
    const { options } = this.#parts;
    const { signal } = this.#end;
    const preparing = setInterval(() => this.#prepare(), PREPARE_MS);
    signal.addEventListener("abort", () => clearInterval(preparing));
    await keepTrying(async (succeeded) => {
      const hub = await connectHub(options).catch(async (error) => {
        if (!isAway(error)) await delay(REFUSED_MS, { signal });
        throw error;
      });
      logger.info("connected to the hub {server} as {bench}", { server: hub.nats.getServer(), bench: options.bench });
      const start = performance.now();
      await this.#serve(hub).finally(() => {
        if (performance.now() - start > SETTLED_MS) succeeded();
      });
    }, {
      signal,
      backoff: RETRY,
      failed: (error) =>
        logger.warn("The hub is not reached: {error}; trying again", { error: notReached(error, options) }),
    });
  }

  /** To start what reads recordings takes a while, and the processor, at a moment when all benches of the hub need that. */
  #prepare(): void {
    if (this.#isConnected || this.#parts.options.compress === "none") return;
    const isFar = this.#ends.entries().some(([{ log }, end]) => log.sequence - end > FAR_SAMPLES);
    if (isFar) this.#parts.recorded?.prepare?.();
  }

  /** Until the daemon ends, or the connection for good. */
  async #serve(hub: HubConnection): Promise<void> {
    const { options: { bench: name, compress }, bench, daemon, recorded, audit, facts } = this.#parts;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#end.signal, over.signal]);
    const closed = hub.nats.closed().then((error) => over.abort(error));
    const link = new Link(hub.nats);
    const window = new AckWindow();
    const publishers = new Map<Device, { publisher: DevicePublisher; end: AbortController; over: Promise<void> }>();
    /** The rest of removed devices, by their ids, until it is sent: a device with such an id begins behind it. */
    const leaving = new Map<string, Promise<void>>();
    const add = (device: Device) => {
      const end = new AbortController();
      const devices = () => publishers.size;
      const publisher = new DevicePublisher({
        hub,
        bench: name,
        compress,
        link,
        window,
        log: device.log,
        devices,
        recorded,
        enter: (signal) => this.#readings.enter(signal),
        turn: (signal) => this.#turns.enter(signal),
      });
      const run = () => publisher.run(AbortSignal.any([signal, end.signal]));
      publishers.set(device, { publisher, end, over: leaving.get(device.id)?.then(run) ?? run() });
    };
    const remove = (device: Device) => {
      const { publisher, end, over } = publishers.get(device) ?? {};
      publishers.delete(device);
      end?.abort();
      // What it has said at last; if the hub is away, it is lost.
      const left: Promise<void> = Promise.resolve(over).then(() => publisher?.flush()).catch(() => {}).then(() => {
        if (leaving.get(device.id) === left) leaving.delete(device.id);
      });
      leaving.set(device.id, left);
    };
    const stopListening = bench.listen({ added: add, removed: remove });
    bench.devices().forEach(add);
    this.#isConnected = true;
    const fail = (error: unknown) => over.abort(error);
    const auditing = audit && new AuditPublisher(hub, name, audit);
    const lookAgain = () => {
      for (const { publisher } of publishers.values()) publisher.lookAgain();
      auditing?.lookAgain();
    };
    const work = [
      new Announcer(hub, bench, { name, ...facts }).run(signal).catch(fail),
      answerRequests(hub, { name, check: this.#check }, daemon, signal).catch(fail),
      watchStream(hub, name, lookAgain, signal),
      auditing?.run(signal),
    ];
    try {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      const rest = Promise.all([...publishers.values()].map(async ({ publisher, over }) => {
        await over;
        if (this.#end.signal.aborted) await publisher.flush();
      }));
      await deadline(Promise.all([rest, ...work]), CLOSE_MS).catch(() => {});
    } finally {
      this.#isConnected = false;
      this.#ends = new Map(publishers.keys().map((device) => [device, device.log.sequence]));
      stopListening();
      await hub.nats.close().catch(() => {});
      await closed;
    }
    if (!this.#end.signal.aborted) throw over.signal.reason ?? new Error("the connection has ended");
  }
}

/** True for the error of a server that was not reached. */
function isAway(error: unknown): boolean {
  return ["ConnectionError", "TimeoutError"].includes(Object(error).name);
}
