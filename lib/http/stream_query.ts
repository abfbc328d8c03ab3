import { LabError } from "../errors.ts";
import type { JsonSchema } from "../driver/describe.ts";

/** What a reader asks for in the query of its stream. */
export interface StreamQuery {
  /** The id to resume behind. */
  since: string | undefined;
  /** In Hz. */
  maxRate: number | undefined;
  /** All that is not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

/** What the daemon itself understands. */
const OURS = ["since", "max_rate", "devices"];

/**
 * Reads the query of a stream. Texts become what the options' schema says; whether they fit is for the driver to judge.
 *
 * @throws {LabError} `InvalidRequest` for a `max_rate` that is no rate.
 */
export function readStreamQuery(url: string, lastEventId: string | undefined, schema: JsonSchema = {}): StreamQuery {
  const { searchParams: query } = new URL(url);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const options = [...query].filter(([key]) => !OURS.includes(key));
  return {
    // A browser that reconnects sends both: the header is the newer one.
    since: lastEventId || query.get("since") || undefined,
    maxRate: readRate(query.get("max_rate")),
    options: Object.fromEntries(options.map(([key, text]) => [key, readValue(text, properties[key])])),
  };
}

function readRate(text: string | null): number | undefined {
  if (text === null) return undefined;
  const rate = Number(text);
  if (text.trim() !== "" && rate > 0 && rate < Infinity) return rate;
  const message = `Cannot thin the stream to max_rate=${text}: expected a positive number of samples per second`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path: "max_rate", message }] } });
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
