import { getLogger } from "@logtape/logtape";
import type { Msg } from "@nats-io/transport-node";
import { LabError, messageOf } from "../errors.ts";
import { ASKED_AT, LEASE, REQUEST_ID, VALID_FOR } from "../wire/headers.ts";
import type { HubConnection } from "./hub_connection.ts";
import { requestSubject } from "./names.ts";

const logger = getLogger(["labdaemon", "hub"]);

/** The headers of a request and of its answer, besides those of the daemon's HTTP contract. */
export const REQUEST_HEADERS = { method: "Lab-Method", path: "Lab-Path", status: "Lab-Status" } as const;

/** The requests that are answered at a time; one more is refused. */
export const MAX_HUB_REQUESTS = 50;

/** The headers of the contract that reach the daemon. */
const PASSED = ["Authorization", "Content-Type", "Prefer", LEASE, REQUEST_ID, ASKED_AT, VALID_FOR];

/** The part of the daemon that answers requests. */
export interface Answering {
  /** Answers a request as the daemon's own address does. */
  fetch(request: Request): Response | Promise<Response>;
  /** True if the daemon needs a token: without, no one asks by the hub. */
  readonly needsToken: boolean;
}

/** Answers the requests that come by the hub until the signal aborts: by the daemon's own routes, rights and limits. */
export async function answerRequests(
  { nats, headers }: HubConnection,
  bench: string,
  daemon: Answering,
  signal: AbortSignal,
): Promise<void> {
  const subscription = nats.subscribe(requestSubject(bench), { queue: "bench" });
  signal.addEventListener("abort", () => subscription.unsubscribe());
  let running = 0;
  const respond = (message: Msg, { status, type, body }: Answer) => {
    const sent = headers();
    sent.set(REQUEST_HEADERS.status, String(status));
    if (type) sent.set("Content-Type", type);
    message.respond(body, { headers: sent });
  };
  const maxBytes = (nats.info?.max_payload ?? 1024 * 1024) - 2_048;
  for await (const message of subscription) {
    if (running >= MAX_HUB_REQUESTS) {
      respond(message, refusal(503, new LabError("Unavailable", "Cannot answer: too many requests run")));
      continue;
    }
    running++;
    answer(message, daemon, maxBytes).then((it) => respond(message, it), (error) => {
      respond(message, refusal(500, new LabError("InternalError", `Cannot answer: ${messageOf(error)}`)));
    }).catch((error) => logger.warn("An answer by the hub was not sent: {error}", { error: messageOf(error) })).finally(
      () => running--,
    );
  }
}

interface Answer {
  status: number;
  type?: string | null;
  body: Uint8Array;
}

async function answer(message: Msg, daemon: Answering, maxBytes: number): Promise<Answer> {
  const header = (name: string) => message.headers?.get(name) ?? "";
  if (!daemon.needsToken) {
    return refusal(403, new LabError("Forbidden", "Cannot answer: this bench has no tokens, and asks for none"));
  }
  const method = header(REQUEST_HEADERS.method);
  const path = header(REQUEST_HEADERS.path);
  if (!/^(GET|POST|PUT|DELETE)$/.test(method) || !path.startsWith("/")) {
    const found = `"${REQUEST_HEADERS.method}" and "${REQUEST_HEADERS.path}" must be a method and a path`;
    return refusal(400, new LabError("InvalidRequest", `Cannot answer: ${found}`));
  }
  const passed = new Headers({ host: "127.0.0.1" });
  for (const name of PASSED) if (header(name)) passed.set(name, header(name));
  const body = method === "GET" || message.data.length === 0 ? undefined : message.data.slice();
  const response = await daemon.fetch(new Request(`http://127.0.0.1${path}`, { method, headers: passed, body }));
  const type = response.headers.get("content-type");
  if (type?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return refusal(
      400,
      new LabError("InvalidRequest", `Cannot ${method} ${path} by the hub: streams have their subjects`),
    );
  }
  const bytes = await response.bytes();
  if (bytes.length <= maxBytes) return { status: response.status, type, body: bytes };
  const found = `its answer has ${bytes.length} bytes, and the hub takes ${maxBytes}`;
  return refusal(400, new LabError("InvalidRequest", `Cannot ${method} ${path} by the hub: ${found}`));
}

function refusal(status: number, error: LabError): Answer {
  return {
    status,
    type: "application/json",
    body: new TextEncoder().encode(JSON.stringify({ error: error.toJSON() })),
  };
}
