/** Leases: the right to command devices, for a time. */
import { z } from "zod";
import { countSchema, deviceIdSchema, timeSchema } from "./values.ts";

/** The id of a lease. */
export const leaseIdSchema = z.string().meta({ description: "The lease's id", examples: ["l7q2m0c4t9"] });

/** The ways in which a lease ends. */
export const LEASE_ENDS = ["released", "expired", "broken", "disconnected"] as const;
/** The way in which a lease ended; `disconnected`: its owner's connection ended. */
export type LeaseEnd = typeof LEASE_ENDS[number];

/** The longest time that a lease holds without being renewed, in seconds. */
export const MAX_LEASE_SECONDS = 3_600;

/** The time that a lease holds by default, in seconds. */
export const DEFAULT_LEASE_SECONDS = 30;

/** The devices of one lease. */
export const MAX_LEASED_DEVICES = 100;

const ttlSchema = z.number().min(1).max(MAX_LEASE_SECONDS).meta({
  unit: "s",
  description: "The time that it holds without being renewed",
});
const ownerSchema = z.string().meta({
  description: "The name of the token that it was asked for with",
  examples: ["alice"],
});
const purposeSchema = z.string().max(200).meta({ description: "For people", examples: ["IV curve"] });
const devicesSchema = z.array(deviceIdSchema).min(1).max(MAX_LEASED_DEVICES).meta({ examples: [["psu1", "stage1"]] });

/** A lease, in the form of a device's status. */
export const leaseMarkSchema = z.object({
  lease_id: leaseIdSchema,
  owner: ownerSchema,
  purpose: purposeSchema,
  since: timeSchema,
  expires_at: timeSchema.meta({ description: "When it ends, unless it is renewed" }),
  state: z.enum(["active", "ending"]).meta({
    description: "`ending`: it has ended, and its devices are being made safe; they are free after that",
  }),
}).meta({ id: "LeaseMark", description: "The lease of a device" });
/** The lease of a device. */
export type LeaseMark = z.output<typeof leaseMarkSchema>;

/** A lease. Only the answer to its request contains its token. */
export const leaseSchema = leaseMarkSchema.extend({
  devices: devicesSchema,
  ttl: ttlSchema,
  fence: countSchema.meta({ description: "Greater than that of every lease before" }),
}).meta({ id: "Lease", description: "The right to command devices, for a time" });
/** A lease: who owns which devices, and until when. */
export type LeaseStatus = z.output<typeof leaseSchema>;

/** A request for a lease that waits. */
export const waitingLeaseSchema = z.object({
  owner: ownerSchema,
  purpose: purposeSchema,
  devices: devicesSchema,
  since: timeSchema,
});

/** The answer to `GET /leases`. */
export const leasesSchema = z.object({
  leases: z.array(leaseSchema).meta({ description: "The oldest first" }),
  queue: z.array(waitingLeaseSchema).meta({ description: "The requests that wait, the first first" }),
}).meta({ id: "Leases" });
/** All leases, and the requests that wait for one. */
export type LeasesAnswer = z.output<typeof leasesSchema>;

/** The body of `POST /leases`. */
export const leaseRequestSchema = z.strictObject({
  devices: devicesSchema,
  ttl: ttlSchema.nullish(),
  purpose: purposeSchema.nullish(),
  wait: z.number().min(0).max(MAX_LEASE_SECONDS).nullish().meta({
    unit: "s",
    description: "How long the answer may wait until all devices are free; without it, a lease is refused at once",
  }),
});
/** The answer to `POST /leases`. */
export const grantedLeaseSchema = leaseSchema.extend({
  token: z.string().meta({ description: "For the header `X-Lease`; it is never shown again", examples: ["lab_Zk3…"] }),
}).meta({ id: "GrantedLease" });
/** A lease with its token. */
export type GrantedLease = z.output<typeof grantedLeaseSchema>;

/** The body of `PUT /leases/{lease_id}`. */
export const renewLeaseRequestSchema = z.strictObject({
  ttl: ttlSchema.nullish().meta({ description: "From now on; as before by default" }),
});

/** The body of `POST /leases/{lease_id}/break`. */
export const breakLeaseRequestSchema = z.strictObject({
  reason: z.string().min(1).max(200).meta({ description: "For people and the audit log", examples: ["smoke"] }),
});
