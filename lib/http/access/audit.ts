import { getLogger } from "@logtape/logtape";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { Access } from "../../access/access.ts";
import type { AuditLog } from "../../access/audit_log.ts";
import { timestamp } from "../../async/clock.ts";
import { deadline } from "../../async/mod.ts";
import { LabError, messageOf, shortened } from "../../errors.ts";
import { auditQuerySchema, type NewAuditEntry } from "../../wire/audit.ts";
import type { Peer } from "./peer.ts";
import { ERRORS } from "../../wire/error_codes.ts";
import { readQuery } from "../request/query.ts";
import { READS } from "../request/validity.ts";
import { auditedInput, type KnownDrivers } from "./audit_input.ts";
import { routesOf } from "./enforce.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Records the input of a command, or of a stream that counts as one, before anything is done. */
    asked: ((input: Record<string, unknown>) => Promise<void>) | undefined;
    /** True if the answer is recorded. */
    isRecorded: boolean;
    /** The name that a refused request claims, if no token names its sender. */
    claimed: string | undefined;
  }
}

/** The time for which a command waits for its entry. */
const WRITE_LIMIT_MS = 5_000;

/** The time for which a refusal waits for its entry. */
const REFUSAL_LIMIT_MS = 1_000;

/** Commands that make a bench safer are carried out also if their entry cannot be written. */
const ALWAYS_DONE = /^POST (\/devices\/\{device_id\}(\/stream)?)?\/(safe|stop|disconnect|disable)$/;

/** The log-in, which is recorded when it is done. */
const LOGIN = "GET /session/oidc/callback";

/** The status codes of refusals. */
const REFUSALS = [401, 403, 429];

const logger = getLogger(["labdaemon", "access"]);

/**
 * Records each command while tokens are needed: before the driver is called, and after the answer. A stream that starts
 * a device or carries options counts as a command. A command whose entry cannot be written is refused, unless it makes
 * the bench safer.
 */
export function audited(daemon: KnownDrivers, access: Access): MiddlewareHandler<{ Bindings: Peer }> {
  return async (c, next) => {
    const { audit } = access;
    const used = c.get("used");
    if (!audit || !access.isRequired || !used) return await next();
    const isRead = READS.includes(c.req.method) && used.action !== LOGIN;
    let isAsked = false;
    let isUnrecorded = false;
    const write = async (more: Pick<NewAuditEntry, "input" | "outcome" | "status" | "error">) => {
      const entry = { ...whatOf(c, used.action), ...used.deviceId !== undefined && { device_id: used.deviceId } };
      await append(audit, { ...entry, ...more, request_id: c.get("requestId") }, ALWAYS_DONE.test(used.action));
    };
    const asked = async (input: Record<string, unknown>) => {
      // A request that opens a session has no principal yet.
      if (!c.get("principal")) return;
      isAsked = isUnrecorded = true;
      await write({ outcome: "asked", input: auditedInput(daemon, used, input) });
      isUnrecorded = false;
    };
    // Other commands have a body, and are recorded when it was read.
    if (c.req.method === "DELETE") await asked({});
    else c.set("asked", asked);
    await next();
    // Without an "asked" entry, there is no outcome to record.
    if (isUnrecorded) return;
    const { status } = c.res;
    if (!c.get("principal") || (!isAsked && (isRead || REFUSALS.includes(status)))) return;
    c.set("isRecorded", true);
    const error = errorTypeOf(c);
    // The command was carried out already, so a failure to record it is only logged.
    await write({ outcome: status < 400 ? "done" : "failed", status, ...error && { error }, input: undefined })
      .catch((error) => logger.error("{error}", { error: messageOf(error) }));
  };
}

/** Records refused requests that have no other entry, while tokens are needed: within limits, since anyone can ask. */
export function recordRefusals(access: Access): MiddlewareHandler<{ Bindings: Peer }> {
  return async (c, next) => {
    await next();
    const { refusals } = access;
    const status = c.error instanceof LabError ? ERRORS[c.error.code].status : c.res.status;
    if (!refusals || !access.isRequired || !REFUSALS.includes(status) || c.get("isRecorded")) return;
    const [route] = routesOf(c).slice(-1);
    const what = whatOf(c, route?.action ?? `${c.req.method} ${shortened(c.req.path, 100)}`);
    const device = route?.deviceId;
    const noted = refusals.note({
      ...what,
      ...device !== undefined && { device_id: shortened(device, 100) },
      ...{ outcome: "refused", status, error: errorTypeOf(c), input: undefined, request_id: c.get("requestId") },
    });
    // A hanging disk delays the answer by at most this time.
    await deadline(noted, REFUSAL_LIMIT_MS).catch((error) => logger.error("{error}", { error: messageOf(error) }));
  };
}

/** The sender of a request, its address, and its aim. */
function whatOf(c: Context<{ Bindings: Peer }>, action: string) {
  const principal = c.get("principal");
  return {
    at: timestamp(),
    who: principal?.name ?? c.get("claimed") ?? "unknown",
    ...principal?.subject !== undefined && { subject: principal.subject },
    ...principal && { scope: principal.scope },
    address: c.get("clientAddress") ?? c.env?.remoteAddr?.hostname,
    action,
    path: shortened(c.req.path, 300),
    ...c.get("leaseIds")?.length && { lease_id: c.get("leaseIds").join(",") },
  };
}

async function append(audit: AuditLog, entry: NewAuditEntry, isAlwaysDone: boolean): Promise<void> {
  const written = audit.append(entry);
  if (isAlwaysDone) return void written.catch((error) => logger.error("{error}", { error: messageOf(error) }));
  await deadline(written, WRITE_LIMIT_MS).catch((cause) => {
    if (cause instanceof LabError) throw cause;
    throw new LabError("Unavailable", "Cannot write the audit log within 5 s; nothing was done", { cause });
  });
}

function errorTypeOf({ error }: Context): string | undefined {
  return error instanceof LabError ? error.type : error && "InternalError";
}

/** `GET /audit`: the newest entries, the newest last. */
export function auditRoutes({ audit }: Access): Hono {
  const app = new Hono();
  app.get("/", async (c) => {
    const query = readQuery(c, auditQuerySchema, "Cannot GET /audit");
    return c.json(await audit?.find(query) ?? { entries: [], next: null });
  });
  return app;
}
