/**
 * The connection with a broker, over `mqtt`.
 *
 * @module
 */
import mqtt, { type MqttClient } from "mqtt";
import { abortable, deadline, DeadlineError, Notifier } from "../../../async/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";
import { optionsOf, portOf } from "./client_options.ts";
import { PacketLengths } from "./packet_lengths.ts";
import type { MqttKeys, MqttParams } from "./schema.ts";

/** One message of a topic. */
export interface Message {
  topic: string;
  text: string;
  /** True for one that the broker had kept: it may be old. */
  isRetained: boolean;
}

/** Gets each message, in order. The next one is not taken from the connection before the promise resolves. */
export type OnMessage = (message: Message) => void | Promise<void>;

/** The time to leave a broker, in milliseconds. */
const LEAVE_MS = 1_000;

/** A longer message ends the connection: it could exceed the memory limit of the process, and end all its devices. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** One connection with a broker. */
export class Broker {
  readonly where: string;
  readonly #client: MqttClient;
  readonly #qos: MqttKeys["qos"];
  readonly #timeoutMs: number;
  readonly #lost = Promise.withResolvers<never>();
  /**
   * Aborts when the connection ends, for callers that wait for an answer: with a promise, they would stay in memory as
   * long as the connection.
   */
  readonly #end = new AbortController();
  readonly #changes = new Notifier();
  /** True once the connection ends, or has ended. */
  #isEnding = false;
  #reason = "the broker has closed the connection";

  private constructor(client: MqttClient, params: MqttParams, { qos }: MqttKeys, onMessage: OnMessage) {
    this.#client = client;
    this.where = `${params.host}:${portOf(params)}`;
    this.#qos = qos;
    this.#timeoutMs = params.timeout * 1000;
    this.#lost.promise.catch(() => {});
    client.on("error", (error) => {
      if (!this.#isEnding) this.#reason = messageOf(error) || String(error);
      // After malformed packets, the package would leave the connection open.
      client.stream.destroy();
    });
    const lengths = new PacketLengths(MAX_MESSAGE_BYTES);
    client.stream.on("data", (chunk: Uint8Array) => {
      if (!lengths.follow(chunk)) this.fail(`it sends a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`);
    });
    client.on("close", () => {
      this.#isEnding = true;
      const reason = new LabError("DriverError", `The connection with ${this.where} is lost: ${this.#reason}`);
      this.#lost.reject(reason);
      this.#end.abort(reason);
      this.#changes.notify();
    });
    client.handleMessage = ({ topic, payload, retain }, done) => {
      const message = { topic, text: String(payload), isRetained: retain };
      Promise.try(() => onMessage(message)).then(() => done(), (error) => this.fail(messageOf(error)));
      this.#changes.notify();
    };
  }

  /**
   * Connects.
   *
   * @throws {LabError} `DriverError`, if the broker cannot be reached or refuses.
   */
  static async connect(
    params: MqttParams,
    keys: MqttKeys,
    onMessage: OnMessage,
    signal: AbortSignal,
  ): Promise<Broker> {
    const client = mqtt.connect(optionsOf(params, keys));
    const broker = new Broker(client, params, keys, onMessage);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    client.once("connect", () => resolve());
    client.once("error", (error) => reject(new Error(messageOf(error) || String(error))));
    client.once("close", () => reject(new Error(broker.#reason)));
    try {
      await promise;
      return broker;
    } catch (cause) {
      await broker.close();
      signal.throwIfAborted();
      throw new LabError("DriverError", `Cannot connect to ${broker.where}: ${messageOf(cause)}`, { cause });
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Rejects when the connection has ended. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** Ends the connection for a reason. */
  fail(reason: string): void {
    this.#reason = reason;
    this.#isEnding = true;
    this.#client.end(true);
  }

  /** Subscribes to topics. Resolves when the messages that the broker has kept for them have come. */
  async subscribe(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    const granted = await this.#acknowledged(
      "subscribe",
      () => this.#client.subscribeAsync([...topics], { qos: this.#qos }),
    );
    const refused = granted.find(({ qos }) => qos > 2)?.topic;
    if (refused !== undefined) {
      throw new LabError("DriverError", `Cannot subscribe to ${refused} at ${this.where}: the broker refuses it`);
    }
    // The broker answers this after the retained messages.
    await this.unsubscribe(["labdaemon/nothing"]);
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    await this.#acknowledged("unsubscribe", () => this.#client.unsubscribeAsync([...topics]));
  }

  /** Unsubscribes at the end of a stream, and waits at most {@linkcode LEAVE_MS} for the broker. Never rejects. */
  async leave(topics: readonly string[]): Promise<void> {
    await deadline(this.unsubscribe(topics), LEAVE_MS).catch(() => {});
  }

  /** Publishes a message. Resolves when the broker has it, if the quality of service is 1 or 2. */
  async publish(topic: string, payload: string, retain: boolean): Promise<void> {
    await this.#acknowledged(
      `publish to ${topic}`,
      () => this.#client.publishAsync(topic, payload, { qos: this.#qos, retain }),
    );
  }

  /**
   * Waits until a function of the messages so far has a result.
   *
   * @throws {LabError} `DriverError` of type `MqttTimeout` with `what`, after the timeout.
   */
  async until<Found>(find: () => Found | undefined, what: string, signal: AbortSignal): Promise<Found> {
    let isOver = false;
    const search = async () => {
      for (let found = find();; found = find()) {
        if (found !== undefined || isOver) return found!;
        await this.#changes.next();
      }
    };
    try {
      return await this.#limited(what, search(), signal);
    } finally {
      isOver = true;
    }
  }

  async close(): Promise<void> {
    const { stream, connected } = this.#client;
    // Waits a second for acknowledgements. After this orderly end, the broker publishes no last will.
    await deadline(this.#client.endAsync(!connected), LEAVE_MS).catch(() => {});
    // `endAsync` may still wait for the broker, and a second call would do nothing: destroys the stream.
    this.#client.removeAllListeners("outgoingEmpty");
    if (!stream.destroyed) await new Promise<void>((resolve) => stream.once("close", resolve).destroy());
  }

  async #acknowledged<Result>(what: string, request: () => Promise<Result>): Promise<Result> {
    const attempt = `Cannot ${what} at ${this.where}`;
    try {
      return await this.#limited(`${attempt}: the broker has not acknowledged it`, request());
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      // Throws the reason why the connection ended, which is more precise.
      if (this.#isEnding) await this.#limited(attempt, this.#lost.promise);
      throw new LabError("DriverError", `${attempt}: ${messageOf(cause)}`, { cause });
    }
  }

  async #limited<Result>(what: string, work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      return await abortable(deadline(work, this.#timeoutMs, this.#end.signal), signal);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError("DriverError", `${what} within ${this.#timeoutMs} ms`, { type: "MqttTimeout" });
    }
  }
}
