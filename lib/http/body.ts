import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { deadline } from "../async/mod.ts";
import { parseInput } from "../host/parse_input.ts";
import { LabError, messageOf } from "../errors.ts";
import { concat } from "../stream/concat.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** The time limit of reading a body. */
const READ_LIMIT_MS = 30_000;

/** Refuses a body that is too large by its `Content-Length`, before any of it is read. */
export function limitBody(): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.raw.body && Number(c.req.header("content-length")) > MAX_BODY_BYTES) throw tooLarge(attemptOf(c));
    await next();
  };
}

/**
 * The JSON body of a request. No body at all is an empty object.
 *
 * @throws {LabError} `BodyTooLarge`, `UnsupportedMediaType` or `InvalidRequest`.
 */
export async function readBody<Schema extends z.ZodObject>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const attempt = attemptOf(c);
  const bytes = await deadline(readBytes(c.req.raw.body, attempt), READ_LIMIT_MS).catch((cause) => {
    if (cause instanceof LabError) throw cause;
    throw new LabError("InvalidRequest", `${attempt}: the body broke off: ${messageOf(cause)}`, { cause });
  });
  if (bytes.byteLength === 0) return parseInput(schema, {}, attempt) as z.output<Schema>;
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new LabError(
      "UnsupportedMediaType",
      `${attempt}: the body is ${type || "of no type"}; send JSON with the header Content-Type: application/json`,
    );
  }
  return parseInput(schema, parseJson(bytes, attempt), attempt) as z.output<Schema>;
}

/** Hono's `bodyLimit` is of no use: with it, Deno prints a warning of its own into the log, which is JSON. */
async function readBytes(body: ReadableStream<Uint8Array> | null, attempt: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw tooLarge(attempt);
    parts.push(part);
  }
  return concat(parts);
}

function attemptOf({ req }: Context): string {
  return `Cannot ${req.method} ${req.path}`;
}

function tooLarge(attempt: string): LabError {
  return new LabError("BodyTooLarge", `${attempt}: the body is larger than ${MAX_BODY_BYTES} bytes`);
}

function parseJson(bytes: Uint8Array, attempt: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const message = `${attempt}: the body is not JSON: ${messageOf(cause)}`;
    throw new LabError("InvalidRequest", message, { cause });
  }
}
