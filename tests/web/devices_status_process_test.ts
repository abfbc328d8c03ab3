import { deepStrictEqual as equal } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";

Deno.test("a device's status has the granted permissions: the requested ones as the bench file narrows and extends them", async () => {
  await using bench = await benchOf("nosy.ts");
  const params = { read: ["/etc"], net: ["10.0.0.7:80"] };
  const permissions = { only: { net: [] }, add: { env: ["HOME"] } };
  const device = await bench.daemon.addDevice("nosy1", "Nosy", params, { permissions });
  equal(device.status().permissions, { read: ["/etc"], env: ["HOME"] });
});
