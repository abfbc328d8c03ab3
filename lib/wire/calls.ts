import { z } from "zod";
import { errorReportSchema } from "./error_report.ts";
import { callIdSchema, deviceIdSchema, timeSchema } from "./values.ts";

/** The status of a call. */
export const callStatusSchema = z.enum(["running", "done", "failed", "cancelled"]).meta({
  description: "`running` also while it waits for its turn. A cancelled call whose method ended regularly is `done`",
});
/** The status of a call: `running`, `done`, `failed` or `cancelled`. */
export type CallStatus = z.output<typeof callStatusSchema>;

/** The progress that a method has reported. */
export const callProgressSchema = z.object({
  fraction: z.number().nullable().meta({ description: "The part that is done, from 0 to 1; null: unknown" }),
  text: z.string().meta({ description: "What is being done, for people; may be empty" }),
});
/** The progress of a call: the fraction that is done, if it is known, and a text. */
export type CallProgress = z.output<typeof callProgressSchema>;

const example = {
  call_id: "c8r2m0q4tn",
  device_id: "stage1",
  method: "home",
  status: "running" as const,
  started_at: "2026-11-22T06:25:52.123456Z",
  progress: { fraction: 0.25, text: "moving to 12 mm" },
};

/** A call of a method, as `GET /calls/{call_id}` answers it. */
export const callRecordSchema = z.object({
  call_id: callIdSchema,
  device_id: deviceIdSchema,
  method: z.string(),
  status: callStatusSchema,
  started_at: timeSchema,
  ended_at: timeSchema.optional(),
  progress: callProgressSchema.optional().meta({ description: "The method's last report, if there was one" }),
  result: z.unknown().optional().meta({ description: "The method's result; only of a call that is `done`" }),
  error: errorReportSchema.optional().meta({ description: "Only of a call that is `failed` or `cancelled`" }),
}).meta({ id: "Call", description: "A call of a method", examples: [example] });
/** A call of a method as data: its status, its progress, and its result or its error. */
export type CallRecord = z.output<typeof callRecordSchema>;

/** The answer to a call that still runs, with `Prefer: respond-async`. */
export const acceptedCallSchema = callRecordSchema.pick({ call_id: true, status: true }).meta({
  id: "AcceptedCall",
  examples: [{ call_id: example.call_id, status: "running" }],
});
/** The id of a call that runs. */
export type AcceptedCall = z.output<typeof acceptedCallSchema>;
