import { defineDriver } from "labdaemon/driver";

/** Does its work while it is imported. */
if (!Deno.readTextFileSync("/etc/instrument.conf")) throw new Error("no configuration");

export default defineDriver({ name: "LoadsWithAThrow", create: () => ({}) });
