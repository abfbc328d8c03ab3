/**
 * The one error class. Its codes are the error types of the HTTP contract, so that an error says the same thing
 * to a script that catches it and to a program that reads it from the wire.
 *
 * @module
 */
import { timestamp } from "./async/clock.ts";

/** Every way in which the daemon says no. `DriverError` is the driver's own failure, under the driver's own name. */
export type LabErrorCode =
  | "InvalidRequest"
  | "ForbiddenOrigin"
  | "DeviceNotFound"
  | "DeviceTypeNotFound"
  | "MethodNotFound"
  | "NoError"
  | "NotFound"
  | "MethodNotAllowed"
  | "BodyTooLarge"
  | "UnsupportedMediaType"
  | "DeviceExists"
  | "DeviceInUse"
  | "DeviceNotConnected"
  | "DeviceDisabled"
  | "NotStreamable"
  | "DriverError"
  | "DeviceFaulted"
  | "DeviceTimeout"
  | "InternalError";

/** Who failed: the daemon or the request, the driver, or a local consumer's callback. */
export type ErrorOrigin = "framework" | "device" | "callback";

/** One thing that is wrong with a value, and where in it. */
export interface Issue {
  path: string;
  message: string;
}

/** What an error carries besides its message. */
export interface LabErrorOptions {
  /** Facts for a program: ids, names, `issues`. Must survive JSON. */
  context?: Record<string, unknown>;
  /** Defaults to `"device"` for `DriverError`, else to `"framework"`. */
  origin?: ErrorOrigin;
  /** The name under which the error travels. Defaults to the code; the driver's own error name for `DriverError`. */
  type?: string;
  /** What led to this error. Kept for the log; never leaves the process. */
  cause?: unknown;
}

/** An error as it stands on the wire, under the key `error`. */
export interface ErrorReport {
  type: string;
  message: string;
  origin: ErrorOrigin;
  /** RFC 3339, UTC. */
  timestamp: string;
  context: Record<string, unknown>;
}

/**
 * An error that says what was attempted, on what, and what was found.
 *
 * @example
 * ```ts
 * import { LabError } from "./errors.ts";
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

  constructor(code: LabErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.type = options.type ?? (code === "DriverError" ? "DeviceError" : code);
    this.origin = options.origin ?? (code === "DriverError" ? "device" : "framework");
    this.context = { ...options.context };
    // Who sent something wrong finds what it was always in the same place.
    if (code === "InvalidRequest") this.context.issues ??= [{ path: "", message }];
    this.timestamp = timestamp();
  }

  /** The error as the wire tells it: no stack, no cause. */
  toJSON(): ErrorReport {
    const { type, message, origin, timestamp, context } = this;
    return { type, message, origin, timestamp, context };
  }
}

/** The message of anything that was thrown, which in JavaScript need not be an `Error`. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

/**
 * A text without what could command a terminal, or show its words in another order: other people's words, on their way to
 * an operator's eyes.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\u00b7");
}

/** A text that somebody sent, for an error that echoes it: no longer than `longest` characters, and one that says so. */
export function shortened(text: string, longest = 100): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Anything that was thrown, as a `LabError`: itself if it is one, else under `code` with the original as its cause. */
export function asLabError(thrown: unknown, code: LabErrorCode, options: LabErrorOptions = {}): LabError {
  return thrown instanceof LabError ? thrown : new LabError(code, messageOf(thrown), { ...options, cause: thrown });
}
