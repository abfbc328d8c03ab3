import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Fault: what a property reads does not fit its schema. */
export default defineDriver({
  name: "ReadsBeyondItsSchema",
  create: () => ({}),
  properties: {
    voltage: { schema: z.number().min(0).max(30), get: () => 31, set: () => Deno.exit(3) },
    current: { schema: z.number(), get: () => Promise.reject(new Error("no answer")) },
  },
});
