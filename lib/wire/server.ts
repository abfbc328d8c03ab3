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

/** The sign for a supervisor that the daemon's event loop runs. */
export const livenessSchema = z.object({ status: z.literal("alive"), timestamp: timeSchema }).meta({ id: "Liveness" });

/** The sign for a supervisor that the daemon can do its work. */
export const readinessSchema = z.object({ status: z.literal("ready"), timestamp: timeSchema }).meta({
  id: "Readiness",
});
/** The sign that the daemon can do its work. */
export type Readiness = z.output<typeof readinessSchema>;

/** A reason why the daemon cannot do its work: in `context.reasons` of the error `NotReady`. */
export interface NotReadyReason {
  type: "MissingRequirement" | "DriversFolder" | "DaemonFailure" | "Stopping";
  message: string;
}

/** A file or folder of the data folder that the daemon could not read when it started. */
const unreadableFileSchema = z.object({
  file: z.string().meta({ examples: ["/home/lab/data/recordings/run42/recording.json"] }),
  message: z.string().meta({ description: "What was found in it, and what is missing without it" }),
}).meta({ id: "UnreadableFile" });
/** A file of the data folder that could not be read. */
export type UnreadableFile = z.output<typeof unreadableFileSchema>;

/** A sign of the daemon, and its clock. */
export const healthSchema = z.object({
  status: z.literal("healthy"),
  timestamp: timeSchema,
  unreadable_files: z.array(unreadableFileSchema).optional().meta({
    description:
      "Files of the data folder that the daemon could not read when it started. Present if there are some, " +
      "and the token is for all devices",
  }),
  view: z.literal(true).optional().meta({ description: "Present for a view of all benches of a hub" }),
}).meta({ id: "Health" });
/** The sign that the daemon answers, with its time. */
export type Health = z.output<typeof healthSchema>;
