import type { Context } from "hono";
import { z } from "zod";
import { parseInput } from "../driver/parse_input.ts";
import { LabError, messageOf } from "../errors.ts";

/** The body of a request that says nothing. */
export const nothing = z.strictObject({});

/** Anything, as long as it is an object. */
export const anything = z.looseObject({});

/**
 * The JSON body of a request. No body at all is an empty object.
 *
 * @throws {LabError} `UnsupportedMediaType` or `InvalidRequest`.
 */
export async function readBody<Schema extends z.ZodObject>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const attempt = `Cannot ${c.req.method} ${c.req.path}`;
  const bytes = await c.req.arrayBuffer().catch((cause) => {
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

function parseJson(bytes: ArrayBuffer, attempt: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const message = `${attempt}: the body is not JSON: ${messageOf(cause)}`;
    throw new LabError("InvalidRequest", message, { cause });
  }
}
