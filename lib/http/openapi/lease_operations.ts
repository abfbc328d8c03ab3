import {
  breakLeaseRequestSchema,
  grantedLeaseSchema,
  leaseRequestSchema,
  leaseSchema,
  leasesSchema,
  renewLeaseRequestSchema,
} from "../../wire/leases.ts";
import { safeAnswerSchema } from "../../wire/requests.ts";
import { LEASE_HEADER, type Operation } from "./operation.ts";

const OWN = { isCommand: true, parameters: [LEASE_HEADER], errors: ["LeaseNotFound", "Forbidden"] } satisfies Partial<
  Operation
>;

/** The routes of `/leases`. */
export const LEASE_OPERATIONS: Record<string, Operation> = {
  "GET /leases": {
    id: "listLeases",
    summary: "who owns which devices, and who waits for them",
    answer: { description: "All leases, and the requests that wait", body: leasesSchema },
  },
  "POST /leases": {
    id: "acquireLease",
    summary: "lease devices: no one else may command them",
    description:
      "All of the devices or none. It ends by itself unless it is renewed; its devices are then made safe. Reading is allowed " +
      "to everyone at all times. This is no safety function of a machine.",
    body: leaseRequestSchema,
    isCommand: true,
    answer: { status: 201, description: "The lease, with its token", body: grantedLeaseSchema },
    errors: ["DeviceNotFound", "DeviceInUse", "Unavailable"],
  },
  "PUT /leases/{lease_id}": {
    id: "renewLease",
    summary: "renew a lease",
    body: renewLeaseRequestSchema,
    answer: { description: "The lease, whose time begins again", body: leaseSchema },
    ...OWN,
  },
  "DELETE /leases/{lease_id}": {
    id: "releaseLease",
    summary: "release a lease",
    description: "Its devices are free at once, and stay as they are.",
    answer: { status: 204, description: "The devices are free" },
    ...OWN,
  },
  "GET /leases/{lease_id}/connection": {
    id: "bindLease",
    summary: "bind a lease to this connection",
    description: "The lease ends when the connection ends, which has a comment every few seconds and no events.",
    parameters: [LEASE_HEADER],
    answer: {
      description: "Comments",
      media: { "text/event-stream": { type: "string", description: "Lines that begin with `:`" } },
    },
    errors: ["LeaseNotFound", "Forbidden"],
  },
  "POST /leases/{lease_id}/break": {
    id: "breakLease",
    summary: "end another one's lease",
    description: "Answers when its devices were made safe and are free.",
    body: breakLeaseRequestSchema,
    isCommand: true,
    answer: { description: "The outcome for each device", body: safeAnswerSchema },
    errors: ["LeaseNotFound"],
  },
};
