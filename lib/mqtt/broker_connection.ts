import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { deadline, DeadlineError, Semaphore } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { type MqttOptions, rootOf } from "./mqtt_options.ts";
import { endedBy, refusalOf, tooLarge } from "./refusals.ts";
import { benchTopic } from "./topics.ts";

/** The limit of connecting, and of each acknowledgement. */
const LIMIT_MS = 10_000;

/** The pings of an idle connection, in seconds, unless the broker wants more of them. One that does not answer a ping is lost. */
const KEEP_ALIVE_S = 10;

/** The time in which an orderly end is taken. */
const LEAVE_MS = 1_000;

/** The versions of the protocol: 5, in which a broker gives the reason of a refusal, and 3.1.1 for older brokers. */
const VERSIONS = [5, 4] as const;

/** The codes by which a broker refuses a version: of 3.1.1, and of 5. Others close the connection without any answer. */
const UNKNOWN_VERSION = [1, 0x84];
const UNANSWERED = /ECONNRESET|closed the connection$/;

/** The bytes of a message beside its topic and its payload, at most. */
const HEAD_BYTES = 16;

/** The messages on their way, where the broker names no limit: that of the standard. */
const MAX_ON_THEIR_WAY = 65_535;

const encoder = new TextEncoder();

/** The options of {@linkcode BrokerConnection.open}. */
export interface OpenOptions {
  /** Ends the attempt. */
  signal?: AbortSignal;
  /** The time between two pings of an idle connection, in seconds. */
  keepAliveS?: number;
}

/** The options of {@linkcode BrokerConnection.publish}. */
export interface PublishOptions {
  retain?: boolean;
  /** Takes back a message that waits for others. One that is on its way is not taken back. */
  signal?: AbortSignal;
}

/** One connection with a broker, without reconnection. */
export class BrokerConnection {
  readonly #client: MqttClient;
  /** The version of the protocol that the broker speaks. */
  readonly version: "5" | "3.1.1";
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<Error>;
  /** Aborts at the end, for requests: a request that waited for {@linkcode closed} would stay in memory until then. */
  readonly #lost = new AbortController();
  /** The limits that the broker has named when it took the connection: of a packet, and of messages on their way. */
  #maxPacketBytes = Infinity;
  #onTheirWay = new Semaphore(MAX_ON_THEIR_WAY);

  private constructor(client: MqttClient) {
    this.#client = client;
    this.version = client.options.protocolVersion === 5 ? "5" : "3.1.1";
    let reason: Error | undefined;
    client.on("disconnect", ({ reasonCode }) => reason ??= new Error(endedBy(reasonCode)));
    client.on("error", (error) => {
      reason ??= new Error(messageOf(error) || String(error));
      client.stream.destroy();
    });
    client.once("connect", ({ properties }) => {
      // The package uses the interval that the broker names. A longer one would delay noticing a lost broker.
      client.keepaliveManager.setKeepalive(Math.min(client.keepalive, client.options.keepalive!));
      this.#maxPacketBytes = properties?.maximumPacketSize || Infinity;
      this.#onTheirWay = new Semaphore(properties?.receiveMaximum || MAX_ON_THEIR_WAY);
    });
    this.closed = new Promise((resolve) =>
      client.once("close", () => resolve(reason ?? new Error(endedBy(undefined))))
    );
    this.closed.then((reason) => this.#lost.abort(reason));
  }

  /**
   * Connects. The broker announces by itself when it loses the bench.
   *
   * @throws {Error} if the broker cannot be reached, or refuses; the signal's reason, if that aborts first.
   */
  static async open(
    options: MqttOptions,
    { signal, keepAliveS = KEEP_ALIVE_S }: OpenOptions = {},
  ): Promise<BrokerConnection> {
    const tls = await options.tls?.();
    signal?.throwIfAborted();
    for (const version of VERSIONS) {
      const client = mqtt.connect(options.broker, { ...clientOptions(options, version, tls), keepalive: keepAliveS });
      const connection = new BrokerConnection(client);
      const connected = new Promise<true>((resolve) => client.once("connect", () => resolve(true)));
      let code: unknown;
      client.once("error", (error) => code = (error as { code?: unknown }).code);
      const stop = () => client.stream.destroy();
      signal?.addEventListener("abort", stop);
      const found = await Promise.race([connected, connection.closed]);
      signal?.removeEventListener("abort", stop);
      if (found === true) return connection;
      await connection.#end();
      signal?.throwIfAborted();
      const isUnanswered = UNANSWERED.test(found.message);
      if ((isUnanswered || UNKNOWN_VERSION.includes(code as number)) && version !== VERSIONS.at(-1)) continue;
      throw isUnanswered ? new Error(`${found.message} before it has answered`) : found;
    }
    throw new Error("unreachable");
  }

  /**
   * Publishes. Resolves when the broker has acknowledged it.
   *
   * @throws {RefusedError} if it refuses this message.
   * @throws {Error} if the connection has ended, or after ten seconds: the connection ends then.
   */
  async publish(topic: string, payload: string, { retain = false, signal }: PublishOptions = {}): Promise<void> {
    const bytes = () => encoder.encode(payload).length;
    if (this.#maxPacketBytes < Infinity && bytes() + topic.length + HEAD_BYTES > this.#maxPacketBytes) {
      throw tooLarge(topic, bytes(), this.#maxPacketBytes);
    }
    try {
      await this.#onTheirWay.run(async () => {
        if (!this.#client.connected) throw await this.closed;
        const sent = this.#client.publishAsync(topic, payload, { qos: 1, retain });
        await this.#answered(sent, `has not acknowledged ${topic}`);
      }, signal);
    } catch (error) {
      throw refusalOf(error, topic, bytes()) ?? error;
    }
  }

  /** The messages that the broker has kept for the topics of a filter. */
  async retained(filter: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const receive = (topic: string, payload: Uint8Array) => void found.set(topic, new TextDecoder().decode(payload));
    this.#client.on("message", receive);
    await this.#answered(this.#client.subscribeAsync(filter, { qos: 0 }), `has not answered for ${filter}`);
    // The answer comes behind what it has kept.
    await this.#answered(this.#client.unsubscribeAsync(filter), `has not answered for ${filter}`);
    this.#client.off("message", receive);
    return found;
  }

  /** Ends the connection in order: the broker announces nothing. Never rejects. */
  async close(): Promise<void> {
    await deadline(this.#client.endAsync(!this.#client.connected), LEAVE_MS).catch(() => {});
    await this.#end();
  }

  /** Ends the connection so that the broker announces its end. Never rejects. */
  async drop(): Promise<void> {
    this.#client.stream.destroy();
    await this.#end();
  }

  /** Closes the connection, also if the broker does not answer. */
  async #end(): Promise<void> {
    this.#client.end(true);
    this.#client.removeAllListeners("outgoingEmpty");
    this.#client.stream.destroy();
    await this.closed;
  }

  async #answered<Answer>(answer: Promise<Answer>, missing: string): Promise<Answer> {
    answer.catch(() => {});
    try {
      return await deadline(answer, LIMIT_MS, this.#lost.signal);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      this.#client.stream.destroy();
      throw new Error(`the broker ${missing} within ${LIMIT_MS / 1000} s`);
    }
  }
}

function clientOptions(
  options: MqttOptions,
  protocolVersion: 4 | 5,
  tls: Awaited<ReturnType<NonNullable<MqttOptions["tls"]>>> | undefined,
): IClientOptions {
  const { broker, bench, user, password } = options;
  const { hostname } = new URL(broker);
  const will = JSON.stringify({ bench, online: false });
  return {
    protocolVersion,
    username: user,
    password,
    ...tls,
    ...(broker.startsWith("mqtts:") && { servername: isAddress(hostname) ? "" : hostname }),
    // With the same id, the broker ends an older connection, and publishes its last will before what follows here.
    clientId: `labdaemon-${bench}`,
    clean: true,
    connectTimeout: LIMIT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    timerVariant: "native",
    will: { topic: benchTopic(rootOf(options)), payload: encoder.encode(will), qos: 1, retain: true },
  } as IClientOptions;
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}
