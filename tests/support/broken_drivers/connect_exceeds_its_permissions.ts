import { defineDriver } from "labdaemon/driver";

/** Uses a permission that it has not asked for. */
export default defineDriver({
  name: "ConnectExceedsItsPermissions",
  permissions: () => ({ net: ["127.0.0.1:1"] }),
  create: () => ({
    async connect() {
      (await Deno.connect({ hostname: "127.0.0.1", port: 2 })).close();
    },
  }),
});
