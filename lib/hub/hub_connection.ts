import { isIP } from "node:net";
import type { JetStreamClient, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { LabError, messageOf } from "../errors.ts";
import type { HubOptions } from "./hub_options.ts";
import { apiPrefix, auditSubject, BUCKET, streamName, streamSubjects } from "./names.ts";

/** A server that does not answer within this time is not there. */
const CONNECT_MS = 5_000;

/** The time for which a message waits for its acknowledgement. */
const ANSWER_MS = 2_000;

/** The interval of the pings of the connection. After three without an answer it is opened again. */
const PING_MS = 5_000;

/**
 * The pause between two attempts to reconnect; the client adds up to 100 ms at random. Gathered messages wait for it,
 * and an attempt costs a running hub less than a message.
 */
const RECONNECT_MS = 250;

/** The size at which the stream of a bench that the bench has made itself drops the oldest messages. */
export const MAX_STREAM_BYTES = 1024 * 1024 * 1024;

/** The headers of a message have no more bytes. */
const HEADER_BYTES = 2_048;

/** The bytes that the server takes in a message besides its headers. */
export function maxBodyBytes({ nats }: Pick<HubConnection, "nats">): number {
  return (nats.info?.max_payload ?? 1024 * 1024) - HEADER_BYTES;
}

/** The error that the server answers for a stream that is not there. */
export const STREAM_NOT_FOUND = 10059;

/** The errors of a server, and of an account, without JetStream. */
const NOT_ENABLED = new Set([10076, 10039]);

/** The connection to a hub. The packages are loaded when the first one is made. */
export interface HubConnection {
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly bucket: KV;
  /** Opens the bucket again, and makes it if it does not exist. */
  openBucket(): Promise<KV>;
  headers(): MsgHdrs;
}

/** Connects a bench. @throws if the hub has no stream of it, and the bench may not make one. */
export async function connectHub(options: HubOptions): Promise<HubConnection> {
  const { bench } = options;
  const hub = await openConnection(options, `LabDaemon ${bench}`, { inbox: `_INBOX_${bench}`, api: apiPrefix(bench) });
  await requireStream(hub.manager, bench).catch(async (error) => {
    await hub.nats.close();
    throw error;
  });
  return hub;
}

/**
 * Connects, and makes the bucket if it does not exist.
 *
 * @param prefixes `inbox`: the prefix of the subjects of answers, so that no other bench can read them. `api`: the
 * prefix of the subjects of requests to JetStream, if the hub has it.
 */
export async function openConnection(
  { servers, identity, tls }: Omit<HubOptions, "bench">,
  name: string,
  { inbox: inboxPrefix, api }: { inbox?: string; api?: string } = {},
): Promise<HubConnection> {
  const read = await identity?.read();
  const { connect, credsAuthenticator, headers, nkeyAuthenticator } = await import("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const { Kvm } = await import("@nats-io/kv");
  const authenticator = read && (identity!.kind === "creds" ? credsAuthenticator : nkeyAuthenticator)(read);
  // Without TLS options, the client accepts a server without TLS even at a tls:// address.
  const isTls = tls !== undefined || servers.some((it) => /^tls:/i.test(it));
  const host = isTls ? numberOf(servers) : undefined;
  const nats = await connect({
    ...{ servers: [...servers], name, timeout: CONNECT_MS, pingInterval: PING_MS, maxPingOut: 2 },
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_MS, ...inboxPrefix && { inboxPrefix } },
    ...authenticator && { authenticator },
    ...isTls && {
      tls: {
        ...host !== undefined && { host },
        ...tls?.ca !== undefined && { caFile: tls.ca },
        ...tls?.cert !== undefined && { certFile: tls.cert },
        ...tls?.key !== undefined && { keyFile: tls.key },
      },
    },
  }).catch((error) => {
    if (!/does not support 'tls'/.test(messageOf(error))) throw error;
    throw new LabError("Unavailable", "the server has no TLS (its configuration needs tls { … })", { cause: error });
  });
  try {
    const open = async (apiPrefix?: string) => {
      const manager = await jetstreamManager(nats, { checkAPI: false, ...apiPrefix && { apiPrefix } });
      const js = jetstream(nats, { timeout: ANSWER_MS, ...apiPrefix && { apiPrefix } });
      const kvm = new Kvm(js);
      const openBucket = async () => {
        const isThere = await manager.streams.info(`KV_${BUCKET}`).then(() => true, isMissing);
        if (isThere) return await kvm.open(BUCKET, { allow_direct: true });
        return await kvm.create(BUCKET, { history: 1 }).catch((error) => notMade(`bucket ${BUCKET}`, error));
      };
      return { nats, js, manager, bucket: await openBucket(), openBucket, headers };
    };
    if (api === undefined) return await open();
    return await open(api).catch((error) => isWithoutJetStream(error) ? open() : Promise.reject(error));
  } catch (error) {
    const server = nats.getServer();
    await nats.close();
    if (!isWithoutJetStream(error)) throw error;
    throw new LabError("Unavailable", `the server ${server} ${NO_JETSTREAM}`, { cause: error });
  }
}

/**
 * The IP address in place of the servers' name, if any: by default, the client checks such a certificate for
 * "localhost".
 *
 * @throws {LabError} `InvalidRequest` for an IP address among other hosts: the client checks all for one host.
 */
function numberOf(servers: readonly string[]): string | undefined {
  const hosts = servers.map((it) => new URL(it.replace(/^\w+:/, "http:")).hostname.replace(/^\[|\]$/g, ""));
  const number = hosts.find((host) => isIP(host) !== 0);
  const other = number && hosts.find((host) => host !== number);
  if (!other) return number;
  const found = `the certificates of ${number} and ${other} would be checked for one of the two`;
  throw new LabError("InvalidRequest", `${found}: with TLS, several servers need names in place of numbers`);
}

const NO_JETSTREAM = "has no JetStream for this user: its configuration needs jetstream { … }, and its account " +
  "jetstream: enabled; at a leaf node without it, name the address of the hub itself";

/** True for the error of a server, or of an account, without JetStream. */
function isWithoutJetStream(error: unknown): boolean {
  return Object(error).name === "JetStreamNotEnabled" || NOT_ENABLED.has(codeOf(error) ?? 0);
}

/**
 * Makes the stream of a bench, unless it exists.
 *
 * @throws if the bench has no right to make a stream.
 */
export async function requireStream(manager: JetStreamManager, bench: string): Promise<StreamInfo> {
  const name = streamName(bench);
  const found = await manager.streams.info(name).catch(isMissing);
  if (found && found.config.subjects.includes(auditSubject(bench))) return found;
  // Made by an earlier version, without the audit log.
  if (found) return await manager.streams.update(name, { subjects: streamSubjects(bench) }).catch(() => found);
  return await manager.streams.add(streamConfig(bench, { maxBytes: MAX_STREAM_BYTES })).catch((error) =>
    notMade(`stream ${name}`, error)
  );
}

/** @throws {LabError} `Unavailable` if the right is missing; else the error itself. */
function notMade(what: string, error: unknown): never {
  // With an account of its own, the error is "without JetStream".
  if (!/permission/i.test(messageOf(error)) && !isWithoutJetStream(error)) throw error;
  const found = `the hub has no ${what}, and this bench may not make it; "deno task hub keep" does`;
  throw new LabError("Unavailable", `Cannot publish: ${found}`, { cause: error });
}

/** False for the error of a stream that is not there. @throws any other error. */
function isMissing(error: unknown): false {
  if (codeOf(error) === STREAM_NOT_FOUND) return false;
  throw error;
}

/** The limits of a stream. */
export interface StreamLimits {
  /** The limit in bytes; `undefined` for no limit. */
  maxBytes?: number;
  maxAgeMs?: number;
}

/** The stream of a bench, as it is made. */
export function streamConfig(bench: string, { maxBytes, maxAgeMs }: StreamLimits) {
  return {
    ...{ name: streamName(bench), subjects: streamSubjects(bench), allow_direct: true },
    ...{ max_bytes: maxBytes ?? -1, max_age: nanos(maxAgeMs ?? 0) },
  };
}

/** Milliseconds in nanoseconds. */
function nanos(ms: number): number {
  return ms * 1_000_000;
}

/** The number of an error that JetStream answers. */
export function codeOf(error: unknown): number | undefined {
  const { code } = Object(error);
  return typeof code === "number" ? code : undefined;
}
