import type { Context, MiddlewareHandler } from "hono";
import { LabError, shortened } from "../../errors.ts";
import { ASKED_AT, DAEMON_CLOCK, VALID_FOR } from "../../wire/headers.ts";

/** The methods of requests that change nothing. */
export const READS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/** The validity of a command that names the time of its request and no validity. */
const DEFAULT_VALID_SECONDS = 10;

/** The longest validity that a command may have. */
const MAX_VALID_SECONDS = 24 * 3600;

declare module "hono" {
  interface ContextVariableMap {
    /** When the command expires, and how old it may become. By the clock of `performance`. */
    validity: { expiresAt: number; validSeconds: number } | undefined;
  }
}

/**
 * Gives every answer the reading of the daemon's clock.
 *
 * @param epoch The run of the daemon: the clocks of two runs cannot be compared.
 */
export function daemonClock(epoch: string): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.res.headers.set(DAEMON_CLOCK, `${epoch}-${Math.floor(performance.now())}`);
  };
}

/**
 * Refuses commands that are older than their validity. A command that makes an instrument safe, or cancels a call, is
 * never too old.
 */
export function commandValidity(epoch: string): MiddlewareHandler {
  return async (c, next) => {
    c.set("validity", validityOf(c, epoch));
    assertValid(c);
    await next();
  };
}

/** The time for which a command is still valid, in milliseconds; `undefined` if it has no validity. */
export function remainingMs(c: Context): number | undefined {
  const validity = c.get("validity");
  return validity && Math.max(0, validity.expiresAt - performance.now());
}

/** @throws {LabError} `CommandExpired`. */
export function assertValid(c: Context): void {
  const validity = c.get("validity");
  if (!validity || performance.now() < validity.expiresAt) return;
  const { expiresAt, validSeconds } = validity;
  const age = (performance.now() - expiresAt) / 1000 + validSeconds;
  throw expired(
    c,
    Number.isFinite(age) ? `it was asked ${age.toFixed(1)} s ago` : "it was asked of an earlier daemon",
    validSeconds,
  );
}

function expired({ req }: Context, when: string, validSeconds: number): LabError {
  const message = `Cannot ${req.method} ${
    shortened(req.path, 200)
  }: ${when} and is valid for ${validSeconds} s; nothing was done`;
  return new LabError("CommandExpired", message);
}

function validityOf(c: Context, epoch: string): Context["var"]["validity"] {
  const { method, path } = c.req;
  if (READS.includes(method) || /\/safe$|^\/calls\//.test(path)) return;
  const asked = c.req.header(ASKED_AT);
  const valid = c.req.header(VALID_FOR);
  if (asked === undefined && valid === undefined) return;
  const validSeconds = Number(valid ?? DEFAULT_VALID_SECONDS);
  if (!(validSeconds > 0 && validSeconds <= MAX_VALID_SECONDS)) {
    throw refused(c, VALID_FOR, `a number of seconds above 0, and ${MAX_VALID_SECONDS} at most`, valid!);
  }
  const now = performance.now();
  if (asked === undefined) return { expiresAt: now + validSeconds * 1000, validSeconds };
  const [, run, ms] = /^([^\s-]{1,40})-(\d{1,15})(?:\.\d*)?$/.exec(asked) ?? [];
  if (run === undefined) {
    throw refused(c, ASKED_AT, `a reading of the header ${DAEMON_CLOCK}, such as ${epoch}-1234`, asked);
  }
  if (run !== epoch) return { expiresAt: -Infinity, validSeconds };
  // A time ahead of this clock is an error of the client, and does not extend the validity.
  return { expiresAt: Math.min(Number(ms), now) + validSeconds * 1000, validSeconds };
}

function refused({ req }: Context, header: string, expected: string, found: string): LabError {
  const message = `Cannot ${req.method} ${shortened(req.path, 200)}: ${header}: expected ${expected}, found ${
    shortened(found)
  }`;
  return new LabError("InvalidRequest", message, {
    context: { issues: [{ path: header, message: `expected ${expected}` }] },
  });
}
