import { z } from "zod";
import { LabError, shortened } from "../errors.ts";
import type { JsonSchema } from "../driver/describe.ts";
import { type Reader, ThinnedReader, THINNINGS } from "../stream/mod.ts";

/** What a reader asks for in the query of its stream. */
export interface StreamQuery {
  /** The id to resume behind. */
  since: string | undefined;
  /** Whether it has come back by itself: who asks with `?since=` alone has newly come, and may start a device. */
  comesBack: boolean;
  /** The reader as it is to be thinned. */
  thin: (reader: Reader) => Reader;
  /** All that is not the daemon's: the options of the run. */
  options: Record<string, unknown>;
}

/** What the daemon itself understands in the query of one device's stream. */
export const deviceStreamQuery = z.object({
  since: z.string().optional().meta({
    description: "Resume behind the event with this `id`",
    examples: ["k3f9-42"],
  }),
  max_rate: z.number().positive().optional().meta({
    unit: "Hz",
    description: "Thins what this reader gets; each sample then says in `skipped` how many were left out before it",
    examples: [20],
  }),
  thin: z.enum([...THINNINGS.keys()]).optional().meta({
    description:
      "With `max_rate`: what is kept of each interval, the newest sample (as without it), or the smallest and " +
      "the largest number",
  }),
  waits: z.boolean().optional().meta({
    description:
      "Starts no device that was stopped, as if the place had been given back as `Last-Event-ID`: for a page " +
      "that opens another stream by itself",
  }),
});

/** The same of several devices' stream. */
export const streamQuery = deviceStreamQuery.extend({
  devices: z.string().meta({ description: "Their ids, joined by commas; `*` for all", examples: ["daq1,host1", "*"] }),
  since: z.string().optional().meta({
    description: "Resume behind the event with this `id`",
    examples: ["k3f9;daq1:42;host1:7"],
  }),
});

const OURS = Object.keys(streamQuery.shape);

/**
 * Reads the query of a stream. Texts become what the options' schema says; whether they fit is for the driver to judge.
 *
 * @throws {LabError} `InvalidRequest` for a `max_rate` that is no rate, a `thin` that is no way to thin, or a `waits` that
 * is neither `true` nor `false`.
 */
export function readStreamQuery(url: string, lastEventId: string | undefined, schema: JsonSchema = {}): StreamQuery {
  const { searchParams: query } = new URL(url);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const options = [...query].filter(([key]) => !OURS.includes(key));
  return {
    // A browser that reconnects sends both: the header is the newer one.
    since: lastEventId || query.get("since") || undefined,
    comesBack: readWaits(query.get("waits")) || Boolean(lastEventId),
    thin: readThinning(query.get("max_rate"), query.get("thin")),
    options: Object.fromEntries(options.map(([key, text]) => [key, readValue(text, properties[key])])),
  };
}

function readWaits(text: string | null): boolean {
  if (text === null || text === "true" || text === "false") return text === "true";
  const message = `Cannot open the stream with waits=${shortened(text)}: expected true or false`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path: "waits", message }] } });
}

function readThinning(maxRate: string | null, thin: string | null): (reader: Reader) => Reader {
  if (maxRate === null && thin === null) return (reader) => reader;
  const { max_rate, thin: way } = deviceStreamQuery.required().shape;
  const rate = max_rate.safeParse(Number(maxRate?.trim() || NaN));
  if (!rate.success) throw refusal("max_rate", maxRate, "a positive number of samples per second");
  const make = way.safeParse(thin ?? "newest");
  if (!make.success) throw refusal("thin", thin, [...THINNINGS.keys()].join(" or "));
  return (reader) => new ThinnedReader(reader, rate.data, THINNINGS.get(make.data)!());
}

function refusal(key: string, found: string | null, expected: string): LabError {
  const message = `Cannot thin the stream with ${key}=${shortened(found ?? "")}: expected ${expected}`;
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
