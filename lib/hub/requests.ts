import { getLogger } from "@logtape/logtape";
import type { Msg } from "@nats-io/transport-node";
import { LabError, messageOf } from "../errors.ts";
import { ERRORS } from "../wire/error_codes.ts";
import { ASKED_AT, LAST_EVENT_ID, LEASE, REQUEST_ID, VALID_FOR } from "../wire/headers.ts";
import { beginningOf } from "./body_beginning.ts";
import { type HubConnection, maxBodyBytes } from "./hub_connection.ts";
import { LIVE_HEADERS, LiveStreams } from "./live_streams.ts";
import { requestSubject } from "./names.ts";
import { type Caller, type SignatureCheck, SIGNED_HEADERS } from "./signed/signed_request.ts";

const logger = getLogger(["labdaemon", "hub"]);

/** The headers of a request and of its answer, besides those of the daemon's HTTP contract. */
export const REQUEST_HEADERS = { method: "Lab-Method", path: "Lab-Path", status: "Lab-Status" } as const;

/** The requests that are answered at a time; one more is refused. */
export const MAX_HUB_REQUESTS = 50;

/** The headers of the contract that reach the daemon. */
export const PASSED = ["Content-Type", "Prefer", LEASE, REQUEST_ID, ASKED_AT, VALID_FOR, LAST_EVENT_ID];

/**
 * The limit of a body in one message. Larger bodies travel in messages of their own, to requesters that accept them.
 */
const MAX_WHOLE_BYTES = 256 * 1024;

const DEMAND_FORM = /^[0-9a-f]{32}$/;

/** The part of the daemon that answers requests. */
export interface Answering {
  /**
   * Answers a request as the daemon's own address does.
   *
   * @param caller The one for whom a trusted view asks; by default, the one of the token in the request.
   */
  fetch(request: Request, caller?: Caller): Response | Promise<Response>;
  /** True if the daemon needs a token: without, only trusted views ask by the hub. */
  readonly needsToken: boolean;
}

/** A bench as requests reach it. */
export interface AskedBench {
  readonly name: string;
  /** Remembers requests, so that none is answered twice, not even after a cut. */
  readonly check: SignatureCheck;
}

/** Answers the requests that come by the hub until the signal aborts: by the daemon's own routes, rights and limits. */
export async function answerRequests(
  hub: HubConnection,
  { name, check }: AskedBench,
  daemon: Answering,
  signal: AbortSignal,
): Promise<void> {
  const { nats, headers } = hub;
  const subscription = nats.subscribe(requestSubject(name), { queue: "bench" });
  const live = new LiveStreams(hub, name);
  signal.addEventListener("abort", () => {
    subscription.unsubscribe();
    live.close();
  });
  const maxBytes = maxBodyBytes(hub);
  let running = 0;
  const respond = (message: Msg, { status, headers: sent = {}, body }: Answer) => {
    const all = headers();
    all.set(REQUEST_HEADERS.status, String(status));
    for (const [name, value] of Object.entries(sent)) all.set(name, value);
    message.respond(body, { headers: all });
  };
  for await (const message of subscription) {
    const demand = message.headers?.get(LIVE_HEADERS.demand);
    if (demand && !message.reply) {
      if (message.headers!.has(LIVE_HEADERS.end)) live.leave(demand);
      else live.more(demand, Number(message.headers!.get(LIVE_HEADERS.offset)));
      continue;
    }
    if (running >= MAX_HUB_REQUESTS) {
      respond(message, refusal(new LabError("Unavailable", "Cannot answer: too many requests run"), 503));
      continue;
    }
    running++;
    answer(message, { daemon, check, live, maxBytes }).catch((error) => {
      if (error instanceof LabError) return refusal(error, ERRORS[error.code].status);
      return refusal(new LabError("InternalError", `Cannot answer: ${messageOf(error)}`), 500);
    }).then((it) => respond(message, it)).catch((error) =>
      logger.warn("An answer by the hub was not sent: {error}", { error: messageOf(error) })
    ).finally(() => running--);
  }
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: Uint8Array | undefined;
}

interface Answerer {
  daemon: Answering;
  check: SignatureCheck;
  live: LiveStreams;
  maxBytes: number;
}

/** A request as it reaches the daemon. */
interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** The id of the stream that carries the answer, if that is one, or large. */
  live?: string;
  caller?: Caller;
}

async function answer(message: Msg, { daemon, check, live, maxBytes }: Answerer): Promise<Answer> {
  const asked = read(message, check, daemon.needsToken);
  const { method, path, caller } = asked;
  if (!/^(GET|HEAD|POST|PUT|DELETE)$/.test(method) || !path.startsWith("/")) {
    const found = `"${REQUEST_HEADERS.method}" and "${REQUEST_HEADERS.path}" must be a method and a path`;
    throw new LabError("InvalidRequest", `Cannot answer: ${found}`);
  }
  const passed = headersFor(asked);
  const body = /^(GET|HEAD)$/.test(method) || message.data.length === 0 ? undefined : message.data.slice();
  const request = new Request(`http://127.0.0.1${path}`, { method, headers: passed, body });
  const response = await daemon.fetch(request, caller);
  const { status, body: answered } = response;
  const headers = headersOf(response);
  if (!answered) return { status, headers, body: undefined };
  const isCarried = DEMAND_FORM.test(asked.live ?? "");
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status, headers: { ...headers, ...await carry(answered, asked, live) }, body: undefined };
  }
  const limit = isCarried ? Math.min(maxBytes, MAX_WHOLE_BYTES) : maxBytes;
  const { whole, rest } = await beginningOf(answered, limit);
  if (whole) return { status, headers, body: whole };
  if (isCarried) return { status, headers: { ...headers, ...await carry(rest, asked, live) }, body: undefined };
  await rest.cancel();
  const found = `its answer has more than ${limit} bytes; ask with "${LIVE_HEADERS.demand}" for messages that carry it`;
  throw new LabError("InvalidRequest", `Cannot ${method} ${path} by the hub: ${found}`);
}

/** @throws {LabError} for a sender without the right to ask. */
function read({ headers, data }: Msg, check: SignatureCheck, needsToken: boolean): Asked {
  const header = (name: string) => headers?.get(name) ?? "";
  const signed = header(SIGNED_HEADERS.request);
  if (signed) {
    const { caller, method, path, headers, live } = check.open(signed, header(SIGNED_HEADERS.signature), data);
    return { caller, method, path, live, headers: only(PASSED, (name) => headers[name]) };
  }
  if (!needsToken) {
    throw new LabError("Forbidden", "Cannot answer: this bench has no tokens, and asks for none");
  }
  return {
    method: header(REQUEST_HEADERS.method),
    path: header(REQUEST_HEADERS.path),
    live: header(LIVE_HEADERS.demand),
    headers: only(["Authorization", ...PASSED], header),
  };
}

/** @throws {LabError} `InvalidRequest` for values that no header may have. */
function headersFor({ method, path, headers }: Asked): Headers {
  try {
    return new Headers({ host: "127.0.0.1", ...headers });
  } catch (cause) {
    const found = `a header has characters that HTTP does not take: ${messageOf(cause)}`;
    throw new LabError("InvalidRequest", `Cannot ${method} ${path} by the hub: ${found}`, { cause });
  }
}

function only(names: readonly string[], valueOf: (name: string) => string | undefined): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => valueOf(name) ? [[name, valueOf(name)!]] : []));
}

/** Carries a body by messages. Returns the header of the answer that says so. */
async function carry(
  body: ReadableStream<Uint8Array>,
  { method, path, live: id = "" }: Asked,
  live: LiveStreams,
): Promise<Record<string, string>> {
  if (DEMAND_FORM.test(id) && !live.isFull) {
    live.open(id, body);
    return { [LIVE_HEADERS.live]: id };
  }
  await body.cancel();
  if (live.isFull) throw new LabError("Unavailable", "Cannot open a stream by the hub: too many are open");
  const found = `a stream needs the header "${LIVE_HEADERS.demand}", with 32 hexadecimal digits`;
  throw new LabError("InvalidRequest", `Cannot ${method} ${path} by the hub: ${found}`);
}

/** The headers of an answer that its reader needs. */
export const ANSWERED = [
  "Content-Type",
  "Content-Disposition",
  "Location",
  "Retry-After",
  "Preference-Applied",
  "Allow",
  REQUEST_ID,
];

function headersOf({ headers }: Response): Record<string, string> {
  return only(ANSWERED, (name) => headers.get(name) ?? undefined);
}

function refusal(error: LabError, status: number): Answer {
  return {
    status,
    headers: { "Content-Type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ error: error.toJSON() })),
  };
}
