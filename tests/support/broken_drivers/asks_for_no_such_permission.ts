import { defineDriver, type Permissions } from "labdaemon/driver";

/** There is no permission for the network by that name. */
export default defineDriver({
  name: "AsksForNoSuchPermission",
  permissions: () => ({ network: ["127.0.0.1:5025"] }) as Permissions,
  create: () => ({}),
});
