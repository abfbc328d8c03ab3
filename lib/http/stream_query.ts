import { LabError, shortened } from "../errors.ts";
import { type Reader, ThinnedReader, THINNINGS } from "../stream/mod.ts";
import type { JsonSchema } from "../wire/driver.ts";
import { deviceStreamQuerySchema, streamQuerySchema } from "../wire/stream_query.ts";

/** What a reader asks for in the query of its stream. */
export interface StreamQuery {
  /** The id to resume behind. */
  since: string | undefined;
  /** Where nothing is to be resumed: how far back to begin, in milliseconds. */
  past: number;
  /** Whether it has come back by itself: who asks with `?since=` alone has newly come, and may start a device. */
  comesBack: boolean;
  /** The reader as it is to be thinned. */
  thin: (reader: Reader) => Reader;
  /** All that is not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

const OURS = Object.keys(streamQuerySchema.shape);

/**
 * Reads the query of a stream. Texts become what the options' schema says; whether they fit is for the driver to judge.
 *
 * @throws {LabError} `InvalidRequest` for a `past` that is no time, a `max_rate` that is no rate, a `thin` that is no way to
 * thin, or a `waits` that is neither `true` nor `false`.
 */
export function readStreamQuery(url: string, lastEventId: string | undefined, schema: JsonSchema = {}): StreamQuery {
  const { searchParams: query } = new URL(url);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const options = [...query].filter(([key]) => !OURS.includes(key));
  return {
    // A browser that reconnects sends both: the header is the newer one.
    since: lastEventId || query.get("since") || undefined,
    past: readPast(query.get("past")),
    comesBack: readWaits(query.get("waits")) || Boolean(lastEventId),
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

function refusal(what: "open" | "thin", key: string, found: string | null, expected: string): LabError {
  const message = `Cannot ${what} the stream with ${key}=${shortened(found ?? "")}: expected ${expected}`;
  return new LabError("InvalidRequest", message, { context: { issues: [{ path: key, message }] } });
}

/** A text as what the schema wants; one that cannot be that stays a text, and the schema will say so. */
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
