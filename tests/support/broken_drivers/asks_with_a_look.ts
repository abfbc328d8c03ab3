import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

/** Looks into a file to see what it needs. */
export default defineDriver({
  name: "AsksWithALook",
  params: z.object({ port: z.number() }),
  permissions: () => ({ net: [Deno.readTextFileSync("/etc/instrument.conf")] }),
  create: () => ({}),
});
