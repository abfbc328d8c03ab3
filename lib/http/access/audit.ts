import { getLogger } from "@logtape/logtape";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { Access } from "../../access/access.ts";
import type { AuditLog } from "../../access/audit_log.ts";
import { timestamp } from "../../async/clock.ts";
import { deadline } from "../../async/mod.ts";
import type { LabDaemon } from "../../daemon.ts";
import { LabError, messageOf, shortened } from "../../errors.ts";
import { auditQuerySchema, type NewAuditEntry } from "../../wire/audit.ts";
import { parseInput } from "../../host/parse_input.ts";
import type { Peer } from "./peer.ts";
import { auditedInput } from "./audit_input.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Records what a command asks for, before anything is done. */
    asked: ((input: Record<string, unknown>) => Promise<void>) | undefined;
  }
}

/** The time for which a command waits for its entry. */
const WRITE_LIMIT_MS = 5_000;

/** What makes a bench safer is done also if its entry cannot be written. */
const ALWAYS_DONE = /\/(safe|stop|disconnect|disable)$/;

const READS = ["GET", "HEAD", "OPTIONS"];

const MAX_ENTRIES = 1_000;

const logger = getLogger(["labdaemon", "access"]);

/**
 * Records each command while tokens are needed: before the driver is called, and when it is answered. A command whose entry
 * cannot be written is refused, unless it makes the bench safer.
 */
export function audited(daemon: LabDaemon, access: Access): MiddlewareHandler<{ Bindings: Peer }> {
  return async (c, next) => {
    const { audit } = access;
    const used = c.get("used");
    const principal = c.get("principal");
    if (!audit || !access.isRequired || !used || !principal || READS.includes(c.req.method)) return await next();
    const { action, deviceId } = used;
    const entry = {
      who: principal.name,
      scope: principal.scope,
      address: c.env?.remoteAddr?.hostname,
      action,
      path: shortened(c.req.path, 300),
      ...deviceId !== undefined && { device_id: deviceId },
      request_id: c.get("requestId"),
    };
    const write = (more: Pick<NewAuditEntry, "input" | "outcome" | "status" | "error">) =>
      append(audit, { at: timestamp(), ...entry, ...more }, ALWAYS_DONE.test(c.req.path));
    let isRefused = false;
    const asked = async (input: Record<string, unknown>) => {
      isRefused = true;
      await write({ outcome: "asked", input: auditedInput(daemon, used, input) });
      isRefused = false;
    };
    // Other commands have a body, and are recorded when it was read.
    if (c.req.method === "DELETE") await asked({});
    else c.set("asked", asked);
    await next();
    // There is no entry whose outcome this would be.
    if (isRefused) return;
    const { status } = c.res;
    const error = errorTypeOf(c);
    // What was done is done: a failure to record that is in the log.
    await write({ outcome: status < 400 ? "done" : "failed", status, ...error && { error }, input: undefined })
      .catch((error) => logger.error("{error}", { error: messageOf(error) }));
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
export function auditRoutes(access: Access): Hono {
  const app = new Hono();
  app.get("/", async (c) => {
    const { limit } = c.req.query();
    const query = limit === undefined ? {} : { limit: Number(limit) };
    const { limit: count = 100 } = parseInput(auditQuerySchema, query, "Cannot GET /audit") as { limit?: number };
    return c.json({ entries: await access.audit?.newest(Math.min(count, MAX_ENTRIES)) ?? [] });
  });
  return app;
}
