import { randomUUID } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { deadline, keepTrying } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";
import { type HubConnection, openConnection } from "../hub_connection.ts";
import type { HubOptions } from "../hub_options.ts";
import { LIVE_HEADERS } from "../live_streams.ts";
import { requestSubject } from "../names.ts";
import { NO_KEY, notReached } from "../not_reached.ts";
import { PASSED } from "../requests.ts";
import { Signer } from "../signed/nkey.ts";
import { type Caller, SIGNED_HEADERS, signRequest } from "../signed/signed_request.ts";
import { away, isUnanswered, responseOf } from "./bench_answer.ts";
import { Fleet } from "./fleet.ts";
import type { KnownBench } from "./known_bench.ts";
import { lastSamples } from "./last_samples.ts";
import { LiveStream } from "./live_stream.ts";
import { OwedAnswers, SIGN_MS } from "./owed_answers.ts";

/** The pauses between two attempts to reach the hub. */
const RETRY = { initialDelayMs: 500, maxDelayMs: 10_000 };

/** The benches of a hub must be known within this time after the start; after it, the view is open without them. */
const FIRST_MS = 5_000;

/** The limit of a request. A bench has limits of its own, and ends its requests when it goes away. */
const MAX_REQUEST_MS = 3_600_000;

/** The room of the headers of a request, besides its signed text. */
const MAX_HEADER_BYTES = 1_024;

const logger = getLogger(["labdaemon", "hub"]);

/** A request to a bench. */
export interface BenchRequest {
  method: string;
  /** Path and query, as the bench has them. */
  path: string;
  headers?: Headers;
  body?: Uint8Array;
}

/** The part of a hub that a view uses. */
export interface FleetAccess {
  readonly benches: ReadonlyMap<string, KnownBench>;
  readonly isConnected: boolean;
  /**
   * Asks a bench, as the caller may. The answer to a stream is a stream, which errors when a part of it is lost.
   *
   * @throws {LabError} `Unavailable` of type `BenchAway` if it does not answer; `Forbidden` without a key to sign with.
   */
  ask(bench: KnownBench, caller: Caller, request: BenchRequest): Promise<Response>;
  /** The newest message with samples of a device, from the hub's copy; undefined if none is found. */
  lastSamples(bench: KnownBench, deviceId: string): Promise<Uint8Array | undefined>;
}

/** The connection of a view to a hub. */
export class HubView implements FleetAccess {
  readonly #fleet = new Fleet();
  readonly #options: Omit<HubOptions, "bench">;
  readonly #end = new AbortController();
  readonly #over: Promise<void>;
  readonly #owed = new OwedAnswers((bench) => this.#sign(bench));
  #signer: Signer | undefined;
  #hub: HubConnection | undefined;
  #isConnected = false;

  constructor(options: Omit<HubOptions, "bench">) {
    this.#options = options;
    this.#over = this.#run();
  }

  get benches(): ReadonlyMap<string, KnownBench> {
    return this.#fleet.benches;
  }

  /** True while the hub is reached. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Resolves when the benches are known, or after 5 s. */
  async ready(): Promise<void> {
    await deadline(this.#fleet.complete, FIRST_MS).catch(() => {});
  }

  async ask(bench: KnownBench, caller: Caller, request: BenchRequest): Promise<Response> {
    const { awaySince, about, name } = bench;
    if (awaySince !== null || !about) throw away(bench, "it was not asked");
    const hub = this.#hub;
    if (!hub || !this.#isConnected) throw away(bench, "the hub is not reached");
    if (!this.#signer) throw new LabError("Forbidden", `Cannot ask bench "${name}": ${NO_KEY}`);
    const { method, path, body } = request;
    const live = randomUUID().replaceAll("-", "");
    const passed = PASSED.flatMap((it) => request.headers?.has(it) ? [[it, request.headers.get(it)!]] : []);
    const { text, signature } = signRequest(this.#signer, {
      ...{ bench: name, epoch: about.epoch, at: bench.now, caller, method, path, headers: Object.fromEntries(passed) },
      live,
    }, body);
    const headers = hub.headers();
    headers.set(SIGNED_HEADERS.request, text);
    headers.set(SIGNED_HEADERS.signature, signature);
    const sentBytes = text.length + (body?.length ?? 0) + MAX_HEADER_BYTES;
    const maxBytes = hub.nats.info?.max_payload ?? Infinity;
    if (sentBytes > maxBytes) {
      throw new LabError("BodyTooLarge", `Cannot ${method} ${path}: the hub takes messages of ${maxBytes} bytes`);
    }
    let carried: LiveStream | undefined;
    try {
      const asked = hub.nats.request(requestSubject(name), body, { headers, timeout: MAX_REQUEST_MS });
      const answer = await this.#owed.answer(bench, asked);
      carried = answer.headers?.get(LIVE_HEADERS.live) === live ? new LiveStream(hub, name, live) : undefined;
      if (carried) this.#owed.follow(bench, carried);
      return responseOf(answer, carried);
    } catch (error) {
      carried?.close();
      if (error instanceof LabError) throw error;
      if (isUnanswered(error)) bench.gone();
      throw away(bench, messageOf(error));
    }
  }

  async lastSamples(bench: KnownBench, deviceId: string): Promise<Uint8Array | undefined> {
    const manager = this.#isConnected ? this.#hub?.manager : undefined;
    return manager && await lastSamples(manager, bench.name, deviceId);
  }

  /** Ends the connection. Never rejects. */
  async close(): Promise<void> {
    this.#owed.close();
    this.#end.abort();
    this.#owed.fail(() => new Error("the view ends"));
    await this.#over;
  }

  /** Sends an empty message to the subject of requests: a bench refuses it at once, which shows that it is there. */
  async #sign({ name }: KnownBench): Promise<void> {
    await this.#hub?.nats.request(requestSubject(name), undefined, { timeout: SIGN_MS }).catch((error) => {
      if (this.#isConnected) throw error;
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    await keepTrying(async (succeeded) => {
      await this.#readKey();
      const hub = await openConnection(this.#options, "LabDaemon view");
      logger.info("connected to the hub {server}, as a view", { server: hub.nats.getServer() });
      succeeded();
      await this.#serve(hub);
    }, {
      signal,
      backoff: RETRY,
      failed: (error) =>
        logger.warn("The hub is not reached: {error}; trying again", { error: notReached(error, this.#options) }),
    });
  }

  /** Reads the key that proves the view's identity to benches: the key of its connection. */
  async #readKey(): Promise<void> {
    const read = await this.#options.identity?.read();
    this.#signer = read && new Signer(new TextDecoder().decode(read));
  }

  /** Until the view ends, or the connection for good. */
  async #serve(hub: HubConnection): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#end.signal, over.signal]);
    if (signal.aborted) return await hub.nats.close();
    signal.addEventListener("abort", () => hub.nats.close().catch(() => {}));
    hub.nats.closed().then(() => over.abort());
    this.#hub = hub;
    this.#isConnected = true;
    const watching = this.#fleet.watch(hub, signal);
    for await (const { type } of hub.nats.status()) {
      if (type === "reconnect") this.#isConnected = true;
      if (type !== "disconnect") continue;
      this.#isConnected = false;
      const cut = "the connection to the hub was cut; whether the request was done is not known";
      this.#owed.fail((bench) => away(bench, cut));
    }
    this.#isConnected = false;
    over.abort();
    await watching;
  }
}
