/** The audit log: who has commanded what. */
import { z } from "zod";
import { scopeSchema } from "./access.ts";
import { countSchema, deviceIdSchema, timeSchema } from "./values.ts";

/** An entry as it is made, before it has its hash. */
export const newAuditEntrySchema = z.object({
  at: timeSchema,
  who: z.string().meta({ description: "The name of the token", examples: ["alice"] }),
  scope: scopeSchema,
  address: z.string().optional().meta({ description: "The address that the request came from" }),
  action: z.string().meta({ description: "The method and the route", examples: ["POST /devices/{device_id}/call"] }),
  path: z.string().meta({ description: "The path of the request", examples: ["/devices/psu1/call"] }),
  device_id: deviceIdSchema.optional(),
  input: z.unknown().meta({
    description: "What the request carries, secrets left out; a long one as a text that is cut",
  }),
  outcome: z.enum(["asked", "done", "failed"]).meta({
    description: "`asked`: written before anything is done; `done` or `failed`: written at the answer",
  }),
  status: z.int().optional().meta({ description: "The HTTP status of the answer" }),
  error: z.string().optional().meta({ description: "The type of the error that was answered" }),
  request_id: z.string().meta({ description: "The same in all entries of a request, and in the log" }),
});
export type NewAuditEntry = z.output<typeof newAuditEntrySchema>;

/** An entry of the audit log. */
export const auditEntrySchema = newAuditEntrySchema.extend({
  hash: z.string().meta({ description: "SHA-256 of the entry before it and of this one, base64url" }),
}).meta({ id: "AuditEntry" });
/** An entry of the audit log. */
export type AuditEntry = z.output<typeof auditEntrySchema>;

/** The query of `GET /audit`. */
export const auditQuerySchema = z.object({
  limit: countSchema.optional().meta({ description: "The number of entries, at most 1000; 100 by default" }),
});
