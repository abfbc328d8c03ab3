import { messageOf } from "../errors.ts";
import type { ErrorOrigin, ErrorReport } from "../wire/error_report.ts";

/** `fetch`, as far as the client needs it. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Options of {@linkcode ServerAPIError}. */
export interface ServerAPIErrorOptions extends Partial<Omit<ErrorReport, "message" | "origin">> {
  status?: number;
  origin?: ErrorOrigin | "client";
  cause?: unknown;
}

/**
 * The daemon refused a request. The message is the daemon's own; `type` is one of the contract's error types, or, when
 * `origin` is `"device"`, the name of the driver's own error.
 *
 * @example
 * ```ts
 * import { ServerAPIError } from "labdaemon/client";
 *
 * const error = new ServerAPIError('Cannot find device "daq9"', { status: 404, type: "DeviceNotFound" });
 * console.assert(error.type === "DeviceNotFound");
 * ```
 */
export class ServerAPIError extends Error {
  override readonly name: string = "ServerAPIError";
  /** The HTTP status; 0 if no answer came. */
  readonly status: number;
  readonly type: string;
  /** The origin of the failure. `"client"`: no answer came, or one that the daemon never gives. */
  readonly origin: ErrorOrigin | "client";
  /** Facts for a program: ids, names, `issues`. */
  readonly context: Record<string, unknown>;
  /** RFC 3339, UTC. */
  readonly timestamp: string;

  constructor(message: string, options: ServerAPIErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = options.status ?? 0;
    this.type = options.type ?? "UnexpectedAnswer";
    this.origin = options.origin ?? "client";
    this.context = options.context ?? {};
    this.timestamp = options.timestamp ?? new Date().toISOString();
  }
}

/**
 * No answer: no daemon listens at the address, the connection broke, or the time limit passed.
 *
 * @example
 * ```ts
 * import { ServerAPI, ServerConnectionError } from "labdaemon/client";
 *
 * const api = new ServerAPI("http://127.0.0.1:2");
 * const error = await api.listDevices().catch((error) => error);
 * console.assert(error instanceof ServerConnectionError && error.status === 0);
 * ```
 */
export class ServerConnectionError extends ServerAPIError {
  override readonly name = "ServerConnectionError";

  constructor(message: string, options: ServerAPIErrorOptions = {}) {
    super(message, { type: "ConnectionError", ...options });
  }
}

/** The error in an answer with a failing status, from the daemon or from a proxy. */
export async function errorFromAnswer(what: string, response: Response): Promise<ServerAPIError> {
  const { status } = response;
  const text = await response.text();
  const report = reportIn(text);
  return report ? new ServerAPIError(report.message, { ...report, status }) : unexpectedAnswer(what, response, text);
}

/**
 * The error for an answer that no LabDaemon gives: another server has the address, such as AirPlay on port 5000 of
 * macOS. Its `context.found` describes that server: its name, the status and the beginning of the body.
 */
export function unexpectedAnswer(what: string, response: Response, text: string): ServerAPIError {
  const { status, statusText, headers } = response;
  const server = headers.get("server");
  const body = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  const found = [server && `server ${server},`, "status", status, statusText, body].filter(Boolean).join(" ");
  const message = `Cannot ${what}: the answer is not a LabDaemon's, found ${found}`;
  return new ServerAPIError(message, { status, context: { found } });
}

/** The reason of a failed connection. Node's `fetch` says only "fetch failed" and keeps the reason in its cause. */
export function unreachedReason(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof Error ? `${messageOf(thrown)} (${cause.message})` : messageOf(thrown);
}

function reportIn(text: string): ErrorReport | undefined {
  try {
    const report = JSON.parse(text)?.error;
    return typeof report?.message === "string" ? report : undefined;
  } catch {
    return undefined;
  }
}
