import type { JetStreamClient, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import type { HubOptions } from "./hub_options.ts";
import { BUCKET, streamName, streamSubjects } from "./names.ts";

/** A server that does not answer within this time is not there. */
const CONNECT_MS = 5_000;

/** The time for which a message waits for its acknowledgement. */
const ANSWER_MS = 2_000;

/** The interval of the pings of the connection. After three without an answer it is opened again. */
const PING_MS = 5_000;

/** The size at which the stream of a bench that the bench has made itself drops the oldest messages. */
export const MAX_STREAM_BYTES = 1024 * 1024 * 1024;

/** The error that the server answers for a stream that is not there. */
export const STREAM_NOT_FOUND = 10059;

/** The connection to a hub. The packages are loaded when the first one is made. */
export interface HubConnection {
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly bucket: KV;
  /** Opens the bucket again, and makes it if it is gone. */
  openBucket(): Promise<KV>;
  headers(): MsgHdrs;
}

/** Connects a bench, and makes what the hub has no stream and no bucket for. */
export async function connectHub(options: HubOptions): Promise<HubConnection> {
  const hub = await openConnection(options, `LabDaemon ${options.bench}`);
  await requireStream(hub.manager, options.bench).catch(async (error) => {
    await hub.nats.close();
    throw error;
  });
  return hub;
}

/** Connects, and makes the bucket if there is none. */
export async function openConnection(options: Omit<HubOptions, "bench">, name: string): Promise<HubConnection> {
  const { servers, identity, tls } = options;
  const read = await identity?.read();
  const { connect, credsAuthenticator, headers, nkeyAuthenticator } = await import("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const { Kvm } = await import("@nats-io/kv");
  const authenticator = read && (identity!.kind === "creds" ? credsAuthenticator : nkeyAuthenticator)(read);
  const nats = await connect({
    ...{ servers: [...servers], name, timeout: CONNECT_MS, pingInterval: PING_MS, maxPingOut: 2 },
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: 500 },
    ...authenticator && { authenticator },
    ...tls && {
      tls: {
        ...tls.ca !== undefined && { caFile: tls.ca },
        ...tls.cert !== undefined && { certFile: tls.cert },
        ...tls.key !== undefined && { keyFile: tls.key },
      },
    },
  });
  try {
    const manager = await jetstreamManager(nats, { checkAPI: false });
    const kvm = new Kvm(nats);
    const openBucket = () => kvm.create(BUCKET, { history: 1 }).catch(() => kvm.open(BUCKET));
    const bucket = await openBucket();
    return { nats, js: jetstream(nats, { timeout: ANSWER_MS }), manager, bucket, openBucket, headers };
  } catch (error) {
    await nats.close();
    throw error;
  }
}

/** The stream of a bench. It is made, unless it is there. */
export async function requireStream(manager: JetStreamManager, bench: string): Promise<StreamInfo> {
  const name = streamName(bench);
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (codeOf(error) !== STREAM_NOT_FOUND) throw error;
  }
  return await manager.streams.add({
    ...{ name, subjects: [streamSubjects(bench)], max_bytes: MAX_STREAM_BYTES, allow_direct: true },
  });
}

/** The number of an error that JetStream answers. */
export function codeOf(error: unknown): number | undefined {
  const { code } = Object(error);
  return typeof code === "number" ? code : undefined;
}
