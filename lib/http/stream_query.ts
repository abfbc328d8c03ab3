import { LabError } from "../errors.ts";
import type { JsonSchema } from "../driver/describe.ts";
import { type Reader, ThinnedReader, THINNINGS } from "../stream/mod.ts";

/** What a reader asks for in the query of its stream. */
export interface StreamQuery {
  /** The id to resume behind. */
  since: string | undefined;
  /** Whether it has come back by itself: who asks with `?since=` has newly come, and may start a device. */
  comesBack: boolean;
  /** The reader as it is to be thinned. */
  thin: (reader: Reader) => Reader;
  /** All that is not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

/** What the daemon itself understands. */
const OURS = ["since", "max_rate", "thin", "devices"];

/**
 * Reads the query of a stream. Texts become what the options' schema says; whether they fit is for the driver to judge.
 *
 * @throws {LabError} `InvalidRequest` for a `max_rate` that is no rate, or a `thin` that is no way to thin.
 */
export function readStreamQuery(url: string, lastEventId: string | undefined, schema: JsonSchema = {}): StreamQuery {
  const { searchParams: query } = new URL(url);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const options = [...query].filter(([key]) => !OURS.includes(key));
  return {
    // A browser that reconnects sends both: the header is the newer one.
    since: lastEventId || query.get("since") || undefined,
    comesBack: Boolean(lastEventId),
    thin: readThinning(query.get("max_rate"), query.get("thin")),
    options: Object.fromEntries(options.map(([key, text]) => [key, readValue(text, properties[key])])),
  };
}

function readThinning(maxRate: string | null, thin: string | null): (reader: Reader) => Reader {
  if (maxRate === null && thin === null) return (reader) => reader;
  const rate = Number(maxRate?.trim() || NaN);
  if (!(rate > 0 && rate < Infinity)) throw refusal("max_rate", maxRate, "a positive number of samples per second");
  const make = THINNINGS.get(thin ?? "newest");
  if (!make) throw refusal("thin", thin, [...THINNINGS.keys()].join(" or "));
  return (reader) => new ThinnedReader(reader, rate, make());
}

function refusal(key: string, found: string | null, expected: string): LabError {
  const message = `Cannot thin the stream with ${key}=${found ?? ""}: expected ${expected}`;
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
