import { DeadlineError } from "../../async/mod.ts";
import { LabError, messageOf } from "../../errors.ts";

/**
 * The failure of an attempt on a connection. A `LabError` and a denied permission stay as they are: the host adds which
 * permission to grant.
 */
export function connectionError(attempt: string, cause: unknown, type = typeOf(cause)): LabError {
  if (cause instanceof Error && cause.name === "NotCapable") throw cause;
  if (cause instanceof LabError) return cause;
  return new LabError("DriverError", `${attempt}: ${messageOf(cause)}`, { type, cause });
}

function typeOf(cause: unknown): string | undefined {
  if (cause instanceof DeadlineError) return "TimeoutError";
  return cause instanceof Error ? typeNamed(cause.name) : undefined;
}

/** The type of an error with this name. */
export function typeNamed(name: string): string | undefined {
  return name === "Error" || name === "LabError" ? undefined : name;
}

/** An answer that came, and is wrong. The connection is still in step. */
export class WrongAnswer extends Error {
  /** @param name The type of the error. */
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The most bytes of an answer that an error quotes. */
const MAX_QUOTED_BYTES = 60;

/** Bytes for a message: `"1.25\r"` if they are printable ASCII with line ends, else `31 2e ff (3 bytes)`. */
export function quoted(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MAX_QUOTED_BYTES);
  const more = bytes.length > shown.length;
  if (shown.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13)) {
    return `${JSON.stringify(String.fromCharCode(...shown))}${more ? `… (${bytes.length} bytes)` : ""}`;
  }
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `the bytes ${hex}${more ? " …" : ""} (${bytes.length} in all)`;
}
