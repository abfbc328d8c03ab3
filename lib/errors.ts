/**
 * The one error class. Its codes are the error types of the HTTP contract: a script that catches an error and a program
 * that reads it from the wire see the same type, message and context.
 *
 * @module
 */
import { timestamp } from "./async/clock.ts";
import type { LabErrorCode } from "./wire/error_codes.ts";
import type { ErrorOrigin, ErrorReport, FailureSource } from "./wire/error_report.ts";

export type { LabErrorCode } from "./wire/error_codes.ts";

/** The parts of an error besides its message. */
export interface LabErrorOptions {
  /** Facts for a program: ids, names, `issues`. Must survive JSON. */
  context?: Record<string, unknown>;
  /** Defaults to `"device"` for `DriverError`, else to `"framework"`. */
  origin?: ErrorOrigin;
  /** The name under which the error travels. Defaults to the code; the driver's own error name for `DriverError`. */
  type?: string;
  /** The error that led to this one. Kept for the log; never leaves the process. */
  cause?: unknown;
}

/**
 * An error that says what was attempted, on what, and what was found.
 *
 * @example
 * ```ts
 * import { LabError } from "labdaemon";
 *
 * const error = new LabError("DeviceNotConnected", 'Cannot call "set_power" on "laser1": it is disconnected', {
 *   context: { device_id: "laser1" },
 * });
 * console.assert(error.code === "DeviceNotConnected");
 * ```
 */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: LabErrorCode;
  readonly type: string;
  readonly origin: ErrorOrigin;
  readonly context: Record<string, unknown>;
  readonly timestamp: string;
  /** The failure source of a device's failure, once it is classified. */
  failureSource?: FailureSource;

  constructor(code: LabErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.type = options.type ?? (code === "DriverError" ? "DeviceError" : code);
    this.origin = options.origin ?? (code === "DriverError" ? "device" : "framework");
    this.context = { ...options.context };
    // Every refusal of a request lists its faults in the same place.
    if (code === "InvalidRequest") this.context.issues ??= [{ path: "", message }];
    this.timestamp = timestamp();
  }

  /** The error as it travels: no stack, no cause. */
  toJSON(): ErrorReport {
    const { type, message, origin, failureSource, timestamp, context } = this;
    return { type, message, origin, ...failureSource && { failure_source: failureSource }, timestamp, context };
  }
}

/**
 * The message of any thrown value, which in JavaScript need not be an `Error`, nor its message a text. Node's error for
 * several addresses has no message of its own: it gets the messages of its errors. Never throws.
 */
export function messageOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { message, errors } = thrown as AggregateError;
    return String(message === "" && Array.isArray(errors) ? errors.map(messageOf).join("; ") : message);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

/** A text without control characters, which a terminal obeys, and without marks that reverse the direction of its words. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\u00b7");
}

/** A text of a request, for an error that quotes it: cut after `maxLength` characters, with `…` if it was longer. */
export function shortened(text: string, maxLength = 100): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/**
 * Any thrown value as a `LabError`: unchanged if it is a `LabError`, else a new one of `code` with the value as its
 * cause.
 */
export function asLabError(thrown: unknown, code: LabErrorCode, options: LabErrorOptions = {}): LabError {
  return thrown instanceof LabError ? thrown : new LabError(code, messageOf(thrown), { ...options, cause: thrown });
}

/** More names are counted: an error is not longer for a bench of 500 devices. */
const MAX_NAMES = 20;

/** Names for a message, as `daq1, host1 and 480 more`; `none` without any. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length - MAX_NAMES;
  return (all.slice(0, MAX_NAMES).join(", ") || "none") + (more > 0 ? ` and ${more} more` : "");
}
