import { getLogger } from "@logtape/logtape";
import { deadline, delay, keepConnected, type OpenConnection, Semaphore, untilAborted } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import { DeviceRuns, type FollowedBench } from "../device/device_runs.ts";
import { AckWindow } from "./ack_window.ts";
import { type AnnouncedBench, type AnnouncedFacts, Announcer } from "./announcer.ts";
import { AuditPublisher, type AuditSource } from "./audit_publisher.ts";
import { CatchUpPace } from "./catch_up_pace.ts";
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

/** The pauses between two attempts to reach the hub: short, so that the backlog arrives soon. */
const RETRY = { initialDelayMs: 250, maxDelayMs: 500 };

/** The additional pause after a refusal by a server: a refused attempt costs the server more than a failed one. */
const REFUSED_MS = 500;

/** The time to send the rest when the daemon ends. */
const CLOSE_MS = 2_000;

const logger = getLogger(["labdaemon", "hub"]);

/** The bench as the hub gets it. */
export interface HubBench extends AnnouncedBench, FollowedBench {}

/** The parts of {@linkcode Hub}. */
export interface HubParts {
  options: HubOptions;
  bench: HubBench;
  daemon: Answering;
  /** The source of all that the rings no longer have. */
  recorded?: RecordedPast;
  /** The record of commands; absent without tokens. */
  audit?: AuditSource;
  facts: Omit<AnnouncedFacts, "name">;
}

/** The period in which the processes for catching up are prepared while the hub is away. */
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
  /** The turns of the devices that catch up. */
  readonly #turns = new Semaphore(1);
  #isConnected = false;
  /** The next sequence number of each device when the last connection ended. */
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

  /** Sends the rest, and ends the connection. Never rejects. */
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
    await keepConnected(() => this.#open(), (opened) => this.#serve(opened), {
      signal,
      backoff: RETRY,
      failed: (error) =>
        logger.warn("The hub is not reached: {error}; trying again", { error: notReached(error, options) }),
    });
  }

  async #open(): Promise<HubConnection> {
    const { options } = this.#parts;
    const hub = await connectHub(options).catch(async (error) => {
      if (!isAway(error)) await delay(REFUSED_MS, { signal: this.#end.signal });
      throw error;
    });
    logger.info("connected to the hub {server} as {bench}", { server: hub.nats.getServer(), bench: options.bench });
    return hub;
  }

  /** Starts the reading processes before the hub is back: then all of its benches need the processor at once. */
  #prepare(): void {
    if (this.#isConnected || this.#parts.options.compress === "none") return;
    const isFar = this.#ends.entries().some(([{ log }, end]) => log.sequence - end > FAR_SAMPLES);
    if (isFar) this.#parts.recorded?.prepare?.();
  }

  /** Works over one connection until it ends or the daemon does. */
  async #serve({ connection: hub, signal, lost }: OpenConnection<HubConnection>): Promise<void> {
    const { options: { bench: name }, bench, daemon, audit, facts } = this.#parts;
    const closed = hub.nats.closed().then(lost);
    const publishers = this.#publishers(hub, signal);
    publishers.follow(bench);
    this.#isConnected = true;
    const auditing = audit && new AuditPublisher(hub, name, audit);
    const lookAgain = () => {
      for (const publisher of publishers.all) publisher.lookAgain();
      auditing?.lookAgain();
    };
    const work = [
      new Announcer(hub, bench, { name, ...facts }).run(signal).catch(lost),
      answerRequests(hub, { name, check: this.#check }, daemon, signal).catch(lost),
      watchStream(hub, name, lookAgain, signal),
      auditing?.run(signal),
    ];
    try {
      await untilAborted(signal);
      const rest = this.#end.signal.aborted ? publishers.flush() : publishers.over();
      await deadline(Promise.all([rest, ...work]), CLOSE_MS).catch(() => {});
    } finally {
      this.#isConnected = false;
      this.#ends = new Map(publishers.devices.map((device) => [device, device.log.sequence]));
      publishers.stop();
      await hub.nats.close().catch(() => {});
      await closed;
    }
  }

  /** The publishers of all devices, over one connection. */
  #publishers(hub: HubConnection, signal: AbortSignal): DeviceRuns<DevicePublisher> {
    const { options: { bench, compress }, recorded } = this.#parts;
    const pace = new CatchUpPace(() => this.#parts.bench.devices().reduce((sum, { log }) => sum + log.sequence, 0));
    const shared = { hub, bench, compress, recorded, link: new Link(hub.nats), window: new AckWindow(), pace };
    const publishers: DeviceRuns<DevicePublisher> = new DeviceRuns(({ log }) =>
      new DevicePublisher({
        ...shared,
        log,
        devices: () => publishers.size,
        enter: (signal) => this.#readings.enter(signal),
        turn: (signal) => this.#turns.enter(signal),
      }), signal);
    return publishers;
  }
}

/** True for the error of a server that was not reached. */
function isAway(error: unknown): boolean {
  return ["ConnectionError", "TimeoutError"].includes(Object(error).name);
}
