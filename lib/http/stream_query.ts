import type { HonoRequest } from "hono";
import type { StartPlace } from "../device/bench_reader.ts";
import { LabError, shortened } from "../errors.ts";
import { type Reader, ThinnedReader, THINNINGS } from "../stream/mod.ts";
import type { JsonSchema } from "../wire/driver.ts";
import { LAST_EVENT_ID } from "../wire/headers.ts";
import { deviceStreamQuerySchema, streamQuerySchema } from "../wire/stream_query.ts";

/** The query of a stream, read. */
export interface StreamQuery {
  start: StartPlace & { reconnects: boolean };
  /** Thins a reader as the query asks. */
  thin: (reader: Reader) => Reader;
  /** All keys that are not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

const DAEMON_KEYS = Object.keys(streamQuerySchema.shape);

/**
 * Reads the query of a stream and its `Last-Event-ID`. Texts become values as the schema of the options says; the driver
 * checks them.
 *
 * @throws {LabError} `InvalidRequest` for a `past`, `max_rate`, `thin` or `waits` with another value than the contract
 * allows.
 */
export function readStreamQuery(request: HonoRequest, schema: JsonSchema = {}): StreamQuery {
  const { searchParams: query } = new URL(request.url);
  // A browser that reconnects sends both: the header is the newer one.
  const lastEventId = request.header(LAST_EVENT_ID) || undefined;
  const pastMs = readPast(query.get("past"));
  const waits = readWaits(query.get("waits"));
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const options = [...query].filter(([key]) => !DAEMON_KEYS.includes(key));
  return {
    start: {
      since: lastEventId ?? (query.get("since") || undefined),
      pastMs,
      // A `since` alone does not count: its reader may be new, and start a device.
      reconnects: waits || lastEventId !== undefined,
    },
    thin: readThinning(query.get("max_rate"), query.get("thin")),
    options: Object.fromEntries(options.map(([key, text]) => [key, readValue(text, properties[key])])),
  };
}

function readWaits(text: string | null): boolean {
  if (text === null || text === "true" || text === "false") return text === "true";
  throw refusal("open", "waits", text, "true or false");
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
function readValue(text: string, schema: JsonSchema = {}): unknown {
  switch (schema.type) {
    case "string":
      return text;
    case "array":
      return text === "" ? [] : text.split(",").map((item) => readValue(item, schema.items as JsonSchema));
    default:
      return readLiteral(text);
  }
}

function readLiteral(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
