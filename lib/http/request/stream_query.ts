import type { HonoRequest } from "hono";
import type { StartPlace } from "../../device/bench_reader.ts";
import { LabError, shortened } from "../../errors.ts";
import { type Reader, SamplelessReader, ThinnedReader, THINNINGS } from "../../stream/mod.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import { LAST_EVENT_ID } from "../../wire/headers.ts";
import { scanJson } from "./json_text.ts";
import { itemsOf, queryOf } from "./query.ts";
import { RESERVED_STREAM_KEYS } from "../../wire/names/stream_keys.ts";
import { deviceStreamQuerySchema, STREAM_FORMATS } from "../../wire/stream_query.ts";

/** The query of a stream, read. */
export interface StreamQuery {
  start: StartPlace & { reconnects: boolean; passive: boolean };
  /** Thins a reader as the query asks, or leaves all samples out. */
  thin: (reader: Reader) => Reader;
  /** True for samples as columns. */
  inColumns: boolean;
  /** All keys that are not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

const encoder = new TextEncoder();

const DAEMON_KEYS: readonly string[] = RESERVED_STREAM_KEYS;

/**
 * Reads the query of a stream and its `Last-Event-ID`. Texts become values as the schema of the options says; the driver
 * checks them.
 *
 * @throws {LabError} `InvalidRequest` for a `past`, `max_rate`, `thin`, `waits`, `no_samples`, `joins` or `format` with another value
 * than the contract allows.
 */
export function readStreamQuery(request: HonoRequest, schema: JsonSchema = {}): StreamQuery {
  const query = queryOf(request);
  // A browser that reconnects sends both: the header is the newer one.
  const lastEventId = request.header(LAST_EVENT_ID) || undefined;
  const pastMs = readPast(query.get("past"));
  const waits = readFlag("waits", query.get("waits"));
  const isSampleless = readFlag("no_samples", query.get("no_samples"));
  const passive = isSampleless || readFlag("joins", query.get("joins"));
  const thin = readThinning(query.get("max_rate"), query.get("thin"));
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  for (const key of DAEMON_KEYS) if (key !== "devices") only(key, query.getAll(key));
  const options = [...new Set(query.keys())].filter((key) => !DAEMON_KEYS.includes(key));
  return {
    start: {
      since: lastEventId ?? (query.get("since") || undefined),
      pastMs,
      // A `since` alone does not count: its reader may be new, and start a device.
      reconnects: waits || lastEventId !== undefined,
      passive,
    },
    inColumns: readFormat(query.get("format")) === "columns",
    thin: isSampleless ? (reader) => new SamplelessReader(reader) : thin,
    options: Object.fromEntries(options.map((key) => [key, readOption(key, query.getAll(key), properties[key])])),
  };
}

/** The ids under `devices`. */
export function devicesOf(request: HonoRequest): string[] {
  return itemsOf(queryOf(request).getAll("devices"));
}

/** An option of the run. A list may be given by one key with commas, or by a key for each item. */
function readOption(key: string, texts: string[], schema: JsonSchema = {}): unknown {
  const items = itemSchemaOf(schema);
  if (texts.length > 1 && items) return texts.flatMap((text) => readItems(key, text, items));
  return readValue(key, only(key, texts), schema);
}

/** @throws {LabError} `InvalidRequest` for a key that is given twice. */
function only(key: string, texts: string[]): string {
  if (texts.length > 1) throw refusal("open", key, texts.join(`&${key}=`), "one value");
  return texts[0];
}

/** The schema of a list's items; `undefined` for a schema that accepts no list. */
function itemSchemaOf({ type, items = {}, anyOf, oneOf }: JsonSchema): JsonSchema | undefined {
  if ([type].flat().includes("array")) return items as JsonSchema;
  for (const schema of [anyOf, oneOf].flat() as (JsonSchema | undefined)[]) {
    const found = schema && itemSchemaOf(schema);
    if (found) return found;
  }
}

function readFlag(key: "waits" | "no_samples" | "joins", text: string | null): boolean {
  if (text === null || text === "true" || text === "false") return text === "true";
  throw refusal("open", key, text, "true or false");
}

function readFormat(text: string | null): string | null {
  if (text === null || STREAM_FORMATS.some((format) => format === text)) return text;
  throw refusal("open", "format", text, STREAM_FORMATS.join(" or "));
}

function readPast(text: string | null): number {
  if (text === null) return 0;
  const seconds = readPositive("past", text);
  if (seconds === undefined) throw refusal("open", "past", text, "a positive number of seconds");
  return seconds * 1000;
}

function readPositive(key: "past" | "max_rate", text: string | null): number | undefined {
  return deviceStreamQuerySchema.shape[key].safeParse(Number(text?.trim() || NaN)).data;
}

function readThinning(maxRate: string | null, thin: string | null): (reader: Reader) => Reader {
  if (maxRate === null && thin === null) return (reader) => reader;
  const rate = readPositive("max_rate", maxRate);
  if (rate === undefined) throw refusal("thin", "max_rate", maxRate, "a positive number of samples per second");
  const make = THINNINGS.get(thin ?? "newest");
  if (!make) throw refusal("thin", "thin", thin, [...THINNINGS.keys()].join(" or "));
  return (reader) => new ThinnedReader(reader, rate, make());
}

function refusal(verb: "open" | "thin", key: string, found: string | null, expected: string): LabError {
  const message = `Cannot ${verb} the stream with ${key}=${shortened(found ?? "")}: expected ${expected}`;
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: key, message }] } });
}

/** A text as a value of the schema's type; one that does not fit stays a text, which the driver's schema refuses. */
function readValue(key: string, text: string, schema: JsonSchema = {}): unknown {
  if (schema.type === "string") return text;
  return schema.type === "array" ? readItems(key, text, itemSchemaOf(schema)!) : readLiteral(key, text);
}

function readItems(key: string, text: string, schema: JsonSchema): unknown[] {
  return text === "" ? [] : text.split(",").map((item) => readValue(key, item, schema));
}

/** @throws {LabError} `InvalidRequest` for a number that JavaScript cannot hold. */
function readLiteral(key: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const { refusal: reason, lost: [first] } = scanJson(encoder.encode(text));
  if (reason) throw refusal("open", key, text, `a plain value: ${reason}`);
  if (first) throw refusal("open", key, text, first.message.replace("expected ", ""));
  return value;
}
