import { z } from "zod";
import { benchesSchema } from "../../wire/pages/benches.ts";
import type { Operation } from "../openapi/operation.ts";

/** The routes that only a view of a hub has. */
export const VIEW_OPERATIONS: Record<string, Operation> = {
  "GET /benches": {
    id: "listBenches",
    summary: "the benches of the hub: their states, alarms and owners",
    query: z.object({
      find: z.string().optional().meta({
        description: "Words, all of which a bench or one of its devices must have: name, machine, driver, state, owner",
      }),
      bench: z.string().optional().meta({ description: "Names of benches, joined by commas", examples: ["lab3,lab4"] }),
    }),
    answer: { description: "The benches, by name", body: benchesSchema },
    errors: ["InvalidRequest"],
  },
};
