import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { deadline } from "../../async/mod.ts";
import { parseInput } from "../../host/parse_input.ts";
import { LabError, messageOf, shortened } from "../../errors.ts";
import { concat } from "../../format/concat.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import { scanJson } from "./json_text.ts";
import { assertValid } from "./validity.ts";

/** A message quotes no longer path. */
const MAX_PATH_CHARS = 200;

/** The default limit of a body that goes to a driver: params, arguments, options. */
export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

/** The limit of a body that must be empty but for `{}`. */
const MAX_EMPTY_BODY_BYTES = 64 * 1024;

/** The limit of all bodies that are being read. A single body is read at any size. */
const MAX_READING_BYTES = 32 * 1024 * 1024;

/** The time limit of reading a body. */
const READ_LIMIT_MS = 30_000;

/** Refuses a body that is too large by its `Content-Length`, before any of the body is read. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.raw.body && Number(c.req.header("content-length")) > maxBytes) throw tooLarge(attemptOf(c), maxBytes);
    await next();
  };
}

/** Selects the schema of a body by its JSON. */
type Select<Schema extends z.ZodObject> = (body: unknown) => Schema;

/** Reads the JSON bodies of requests. */
export class BodyReader {
  readonly #maxBytes: number;
  /** The bytes of the bodies that are being read. */
  #reading = 0;

  /** @param maxBytes The limit of a body that goes to a driver. */
  constructor(maxBytes: number = DEFAULT_MAX_BODY_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The JSON body of a request. No body at all is an empty object.
   *
   * @param schema The schema of the body, or a function that selects it by what was sent.
   * @throws {LabError} `BodyTooLarge`, `UnsupportedMediaType`, `InvalidRequest`, or `Unavailable` while too many large bodies are
   * being read.
   */
  async read<Schema extends z.ZodObject>(c: Context, schema: Schema | Select<Schema>): Promise<z.output<Schema>> {
    const attempt = attemptOf(c);
    const maxBytes = schema === emptyRequestSchema ? Math.min(MAX_EMPTY_BODY_BYTES, this.#maxBytes) : this.#maxBytes;
    const { body } = c.req.raw;
    const over = new AbortController();
    const reading = body ? this.#readBytes(body, maxBytes, attempt, over.signal) : Promise.resolve(new Uint8Array());
    const bytes = await deadline(reading, READ_LIMIT_MS).catch((cause) => {
      over.abort();
      if (cause instanceof LabError) throw cause;
      throw new LabError("InvalidRequest", `${attempt}: the body broke off: ${messageOf(cause)}`, { cause });
    });
    assertValid(c);
    const input = this.#parse(c, schema, bytes, attempt);
    await c.get("asked")?.(input);
    c.get("assertStillLeased")?.();
    return input;
  }

  #parse<Schema extends z.ZodObject>(
    c: Context,
    schema: Schema | Select<Schema>,
    bytes: Uint8Array,
    attempt: string,
  ): z.output<Schema> {
    const parsed = (value: unknown) =>
      parseInput(typeof schema === "function" ? schema(value) : schema, value, attempt) as z.output<Schema>;
    if (bytes.byteLength === 0) return parsed({});
    const type = c.req.header("content-type") ?? "";
    if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
      throw new LabError(
        "UnsupportedMediaType",
        `${attempt}: the body is ${type || "of no type"}; send JSON with the header Content-Type: application/json`,
      );
    }
    return parsed(parseJson(bytes, attempt));
  }

  /** Hono's `bodyLimit` is of no use: with it, Deno prints a warning of its own into the log, which is JSON. */
  async #readBytes(
    body: ReadableStream<Uint8Array>,
    maxBytes: number,
    attempt: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const reader = body.getReader();
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    let size = 0;
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        size += part.value.length;
        this.#reading += part.value.length;
        if (size > maxBytes) throw tooLarge(attempt, maxBytes);
        if (this.#reading > Math.max(MAX_READING_BYTES, size)) throw busy(attempt);
        parts.push(part.value);
      }
      return concat(parts);
    } finally {
      this.#reading -= size;
      cancel();
    }
  }
}

function attemptOf({ req }: Context): string {
  return `Cannot ${req.method} ${shortened(req.path, MAX_PATH_CHARS)}`;
}

function busy(attempt: string): LabError {
  const found = `the daemon reads bodies of ${MAX_READING_BYTES / 1024 / 1024} MiB already; try again`;
  return new LabError("Unavailable", `${attempt}: ${found}`);
}

function tooLarge(attempt: string, maxBytes: number): LabError {
  return new LabError("BodyTooLarge", `${attempt}: the body is larger than ${maxBytes} bytes`);
}

/** @throws {LabError} `InvalidRequest` for a text that is not JSON, is too deep, or has numbers that would be lost. */
function parseJson(bytes: Uint8Array, attempt: string): unknown {
  const { refusal, lost } = scanJson(bytes);
  if (refusal) throw new LabError("InvalidRequest", `${attempt}: the body cannot be read: ${refusal}`);
  const value = parse(bytes, attempt);
  if (lost.length === 0) return value;
  const problems = lost.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
  throw new LabError("InvalidRequest", `${attempt}: ${problems}`, { context: { issues: lost } });
}

function parse(bytes: Uint8Array, attempt: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const message = `${attempt}: the body is not JSON: ${messageOf(cause)}`;
    throw new LabError("InvalidRequest", message, { cause });
  }
}
