/** The audit log: who has commanded what. */
import { z } from "zod";
import { scopeSchema } from "./access.ts";
import { countSchema, deviceIdSchema, isTime, timeSchema } from "./values.ts";

/** An entry as it is made, before it has its hash. */
export const newAuditEntrySchema = z.object({
  at: timeSchema,
  who: z.string().meta({
    description: "The name of the token, `oidc:` and a person's name, or `unknown` for one who could not say",
    examples: ["alice"],
  }),
  subject: z.string().optional().meta({ description: "The person as the OIDC provider numbers them" }),
  scope: scopeSchema.optional().meta({ description: "Missing for one who is unknown" }),
  address: z.string().optional().meta({ description: "The address that the request came from" }),
  action: z.string().meta({ description: "The method and the route", examples: ["POST /devices/{device_id}/call"] }),
  path: z.string().meta({ description: "The path of the request", examples: ["/devices/psu1/call"] }),
  device_id: deviceIdSchema.optional(),
  lease_id: z.string().optional().meta({ description: "The leases that the request names, or that it is about" }),
  input: z.unknown().optional().meta({
    description: "What the request carries, secrets left out; a long one as a text that is cut",
  }),
  outcome: z.enum(["asked", "done", "failed", "refused"]).meta({
    description:
      "`asked`: written before anything is done; `done` or `failed`: written at the answer; `refused`: 401, 403 " +
      "or 429, nothing was done",
  }),
  status: z.int().optional().meta({ description: "The HTTP status of the answer" }),
  error: z.string().optional().meta({ description: "The type of the error that was answered" }),
  request_id: z.string().meta({ description: "The same in all entries of a request, and in the log" }),
  unrecorded: countSchema.optional().meta({
    description:
      "The refusals of the same one before this that are not recorded: a flood of them does not fill the disk",
  }),
});
/** An entry before it is chained to the ones before it. */
export type NewAuditEntry = z.output<typeof newAuditEntrySchema>;

/** An entry of the audit log. */
export const auditEntrySchema = newAuditEntrySchema.extend({
  hash: z.string().meta({ description: "SHA-256 of the entry before it and of this one, base64url" }),
}).meta({ id: "AuditEntry" });
/** An entry of the audit log. */
export type AuditEntry = z.output<typeof auditEntrySchema>;

/** The most entries of one answer. */
export const MAX_AUDIT_ENTRIES = 1_000;

const givenTimeSchema = z.string().refine(isTime, {
  error: "expected a time such as 2026-11-22T06:25:52Z",
});

/** The query of `GET /audit`. */
export const auditQuerySchema = z.strictObject({
  limit: countSchema.min(1).max(MAX_AUDIT_ENTRIES).optional().meta({
    description: "The number of entries; 100 by default",
  }),
  before: z.string().regex(/^\d{1,15}$/, "expected the `next` of another answer").optional().meta({
    description: "Entries older than those of another answer, which has this as `next`",
  }),
  who: z.string().max(200).optional().meta({ description: "Entries of this one only", examples: ["alice"] }),
  device: z.string().max(200).optional().meta({ description: "Entries of this device only", examples: ["psu1"] }),
  action: z.string().max(200).optional().meta({
    description: "Entries with this text in their action or path, in capitals or not",
    examples: ["call"],
  }),
  since: givenTimeSchema.optional().meta({ format: "date-time", description: "Entries from this time on" }),
  until: givenTimeSchema.optional().meta({ format: "date-time", description: "Entries up to this time" }),
}).refine(({ since, until }) => !since || !until || Date.parse(since) <= Date.parse(until), {
  path: ["since"],
  error: "expected a time before `until`",
});
/** The entries that are asked for. */
export type AuditQuery = z.output<typeof auditQuerySchema>;

/** The answer to `GET /audit`. */
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema).meta({ description: "The newest last" }),
  next: z.string().nullable().meta({
    description:
      "For `before`: it goes on with older entries. Null: there are none. An answer may have fewer entries than " +
      "`limit`, or none, and this nevertheless: a long record is searched in parts",
  }),
}).meta({ id: "AuditPage" });
/** A part of the audit log. */
export type AuditPage = z.output<typeof auditPageSchema>;
