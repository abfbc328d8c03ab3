import { z } from "zod";
import { timeSchema } from "./values.ts";

/** The daemon's name, version and endpoints. */
export const serverInfoSchema = z.object({
  name: z.literal("LabDaemon"),
  version: z.string().meta({ examples: ["0.1.0"] }),
  endpoints: z.record(z.string(), z.string()).meta({
    description: "Each method and path with its summary",
    examples: [{ "GET /health": "whether the daemon answers" }],
  }),
}).meta({ id: "Index" });
/** The daemon's name, version and endpoints. */
export type ServerInfo = z.output<typeof serverInfoSchema>;

/** A sign of the daemon, and its clock. */
export const healthSchema = z.object({ status: z.literal("healthy"), timestamp: timeSchema }).meta({ id: "Health" });
/** The sign that the daemon answers, with its time. */
export type Health = z.output<typeof healthSchema>;
