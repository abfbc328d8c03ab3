import { auditPageSchema, auditQuerySchema } from "../../wire/audit.ts";
import type { Operation } from "./operation.ts";

/** The routes of `/audit`. */
export const AUDIT_OPERATIONS: Record<string, Operation> = {
  "GET /audit": {
    id: "audit",
    summary: "who has commanded what, and who was refused: the newest entries",
    description: "Commands are recorded while tokens are needed. `ctl audit verify` checks the whole record.",
    query: auditQuerySchema,
    answer: { description: "The newest entries that fit", body: auditPageSchema },
    errors: ["InvalidRequest"],
  },
};
