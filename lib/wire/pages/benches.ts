/** The benches of a hub, as a view shows them. */
import { z } from "zod";
import type { ErrorReport } from "../error_report.ts";
import { countSchema, timeSchema } from "../values.ts";

const names = z.array(z.string());

/** The query of a list of a view. */
export const benchListQuerySchema = z.strictObject({
  bench: z.string().optional().meta({ description: "Names, separated by commas; all that one may see, by default" }),
});

/** The query of `GET /benches`. */
export const benchesQuerySchema = benchListQuerySchema.extend({
  find: z.string().optional().meta({ description: "Words of which a bench or one of its devices has all" }),
});

/** A bench of a hub. */
export const benchStatusSchema = z.object({
  bench: z.string().meta({
    description: "Its name at the hub; the ids of its devices begin with it",
    examples: ["lab3"],
  }),
  state: z.enum(["there", "away", "ended"]).meta({
    description: "`away`: it sends no heartbeats; `ended`: its daemon has ended, and said so",
  }),
  away_since: timeSchema.nullable().meta({ description: "The last time at which it was there; null while it is" }),
  not_stored: z.string().optional().meta({
    description: "Why the hub stores nothing of it at present: it is full. The bench is there, and answers",
  }),
  since: timeSchema.meta({ description: "When its present run connected" }),
  version: z.string(),
  host: z.string().nullable().meta({ description: "The name of its machine" }),
  epoch: z.string().meta({ description: "The run of its daemon" }),
  devices: countSchema.meta({ description: "The devices that the one who asks may know of" }),
  states: z.record(z.string(), countSchema).meta({ description: "The number of devices in each state" }),
  alarms: names.meta({ description: "The alarms that fire, as `daq1 overvoltage`" }),
  acknowledged: names.meta({ description: "Those of them that a person knows of" }),
  found: names.optional().meta({
    description: "With `?find=`: the ids of devices whose id, driver or state has its words; 20 at most",
  }),
  owners: z.array(z.object({ device_id: z.string(), owner: z.string(), purpose: z.string(), since: timeSchema })).meta({
    description: "Who owns which devices",
  }),
}).meta({ id: "Bench", description: "A bench of the hub" });
/** A bench of a hub. */
export type BenchStatus = z.output<typeof benchStatusSchema>;

/** The answer to `GET /benches`. */
export const benchesSchema = z.object({
  hub: z.object({ connected: z.boolean() }),
  benches: z.array(benchStatusSchema).meta({ description: "By name" }),
}).meta({ id: "Benches" });
/** The answer to `GET /benches`. */
export type BenchesAnswer = z.output<typeof benchesSchema>;

/** A bench that is missing in a list of a view, and why. */
export interface UnansweredBench {
  bench: string;
  error: ErrorReport;
}
