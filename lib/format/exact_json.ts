import { LabError } from "../errors.ts";

/** An integer, as JSON and YAML write one: `12`, `-12`, `+12`, `0xff`, `0o17`. */
const INTEGER = /^([-+]?)(\d+|0x[\da-f]+|0o[0-7]+)$/i;

/**
 * Texts that may hold a number which is not kept: an integer of at least 16 digits, or an exponent of three digits.
 * Only these get the reviver, which is slow for a large waveform.
 */
const MAYBE_INEXACT = /(?:^|[[,:\s-])\d{16}|[eE][-+]?\d{3}/;

/**
 * Compares the text of a number with the value that was read from it. Returns a description of the loss, such as
 * `a number that is kept exactly, found 9007199254740993, whose nearest is 9007199254740992`; `undefined` without a
 * loss.
 *
 * An integer must be exact, or be written as JavaScript writes the resulting number (2^64 is 18446744073709552000). A
 * number with a point or an exponent may be rounded, but neither to infinity nor to zero.
 */
export function inexactNumber(text: string, value: number): string | undefined {
  const found = `a number that is kept exactly, found ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  if (!Number.isFinite(value)) return `${found}, beyond the largest, 1.7976931348623157e308`;
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) {
    const isRoundedToZero = value === 0 && /[1-9]/.test(text.replace(/e.*/i, ""));
    return isRoundedToZero ? `${found}, whose nearest is 0` : undefined;
  }
  const exact = sign === "-" ? -BigInt(digits) : BigInt(digits);
  return BigInt(value) === exact || String(value) === text ? undefined : `${found}, whose nearest is ${BigInt(value)}`;
}

/** A placeholder for an inexact number, until its path is found. */
class Inexact {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * The value of a JSON text, as `JSON.parse` reads it. Numbers are exact or refused.
 *
 * @throws {SyntaxError} for a text that is no JSON.
 * @throws {LabError} `InvalidRequest` for an integer that JavaScript would round and for a number beyond its range. The
 * context's `issues` has its path.
 *
 * @example
 * ```ts
 * import { parseExactJson } from "./exact_json.ts";
 *
 * console.assert(parseExactJson('{"id": 9007199254740992}') !== undefined);
 * // Throws "expected a number that is kept exactly, found 9007199254740993, whose nearest is 9007199254740992".
 * // parseExactJson('{"id": 9007199254740993}');
 * ```
 */
export function parseExactJson(text: string): unknown {
  if (!MAYBE_INEXACT.test(text)) return JSON.parse(text);
  let isExact = true;
  const reviver = (_: string, value: unknown, { source }: { source?: string } = {}) => {
    const message = typeof value === "number" && source !== undefined ? inexactNumber(source, value) : undefined;
    if (message === undefined) return value;
    isExact = false;
    return new Inexact(`expected ${message}`);
  };
  const value: unknown = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  if (isExact) return value;
  const { path, message } = firstInexact(value)!;
  throw new LabError("InvalidRequest", path ? `${path}: ${message}` : message, {
    context: { issues: [{ path, message }] },
  });
}

function firstInexact(value: unknown): { path: string; message: string } | undefined {
  const waiting: [path: string, value: unknown][] = [["", value]];
  for (let next; (next = waiting.shift());) {
    const [path, found] = next;
    if (found instanceof Inexact) return { path, message: found.message };
    if (typeof found !== "object" || found === null) continue;
    for (const [key, inner] of Object.entries(found)) {
      if (typeof inner !== "object" || inner === null) continue;
      waiting.push([Array.isArray(found) ? `${path}[${key}]` : path ? `${path}.${key}` : key, inner]);
    }
  }
}
