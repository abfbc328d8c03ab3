import { deadline, DeadlineError } from "../../../async/deadline.ts";
import { type ServerAPI, ServerAPIError, ServerConnectionError } from "../../../client/mod.ts";
import { messageOf } from "../../../errors.ts";
import type { LoginProviders } from "../../../wire/access.ts";
import type { NotReadyReason } from "../../../wire/server.ts";
import type { ConnectionsInUse } from "./daemon_findings.ts";
import type { BenchFacts } from "./diagnose.ts";

/** The limit for an answer: the daemon waits for a login provider for 10 s. */
const TIMEOUT_MS = 30_000;

/** The ways to ask a daemon. */
export interface AskedDaemon {
  readonly api: ServerAPI;
  /** Asks for a path that `api` has no method for. A redirection is not followed. */
  get(path: string): Promise<Response>;
  /** The limit for an answer that the person gave, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Requests from a daemon the facts about itself and its bench. */
export async function factsOf({ api, get, timeoutMs = TIMEOUT_MS }: AskedDaemon): Promise<BenchFacts> {
  const ask = (path: string) =>
    deadline(get(path), timeoutMs).catch((cause) => {
      const type = cause instanceof DeadlineError ? "RequestTimeout" : "ConnectionError";
      throw new ServerConnectionError(`Cannot GET ${path}: ${messageOf(cause)}`, { type, cause });
    });
  const { timestamp, unreadable_files: unreadable } = await api.health();
  const clockOffsetMs = Date.parse(timestamp) - Date.now();
  const [notReady, drivers, devices, storage, connections, failedProvider] = await Promise.all([
    reasonsOf(api),
    api.listDrivers(),
    api.listDevices(),
    unlessRefused(async () => (await api.listRecordings()).storage),
    connectionsOf(ask),
    failedProviderOf(ask),
  ]);
  return { notReady, unreadable, clockOffsetMs, drivers, devices, storage, connections, failedProvider };
}

/** Why the daemon is not ready. Reasons that devices are the cause of are theirs. */
async function reasonsOf(api: ServerAPI): Promise<string[]> {
  try {
    await api.ready();
    return [];
  } catch (error) {
    if (!(error instanceof ServerAPIError) || error.type !== "NotReady") throw error;
    const reasons = (error.context.reasons ?? []) as NotReadyReason[];
    return reasons.filter(({ type }) => type !== "DaemonFailure").map(({ message }) => message);
  }
}

/** An answer; `undefined` where the daemon refuses: it has none of that, or this token may not ask. */
async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ServerAPIError && !(error instanceof ServerConnectionError)) return undefined;
    throw error;
  }
}

/** Answers a request. A redirection is not followed. */
type Ask = (path: string) => Promise<Response>;

/** The connections in use, from the daemon's metrics. */
async function connectionsOf(ask: Ask): Promise<ConnectionsInUse | undefined> {
  const response = await ask("/metrics");
  const text = await response.text();
  if (!response.ok) return undefined;
  const value = (name: string) => Number(new RegExp(`^labdaemon_${name} (\\d+)$`, "m").exec(text)?.[1] ?? NaN);
  const counts = {
    open: value("open_connections"),
    max: value("max_connections"),
    ofClient: value("client_open_connections"),
    maxOfClient: value("client_max_connections"),
  };
  return Object.values(counts).some(Number.isNaN) ? undefined : counts;
}

/** Begins to log in, as a browser does: the daemon then asks the provider, and sends the browser there if it answers. */
async function failedProviderOf(ask: Ask): Promise<string | undefined> {
  const response = await ask("/session/providers");
  const text = await response.text();
  const [provider] = response.ok ? (JSON.parse(text) as LoginProviders).providers : [];
  if (!provider) return undefined;
  const begun = await ask(provider.path);
  await begun.body?.cancel();
  return begun.headers.get("location")?.endsWith("problem=provider") ? provider.label : undefined;
}
