import { deepStrictEqual as equal } from "node:assert/strict";
import * as labdaemon from "labdaemon";

Deno.test("the public module exports nothing internal", () => {
  equal(Object.keys(labdaemon).sort(), ["LabDaemon", "LabError", "Lost", "defineDriver", "every", "fromCallback"]);
});

Deno.test("the public types show nothing internal", () => {
  // Checked by the compiler: each line below must be an error.
  const check = (daemon: labdaemon.LabDaemon, device: labdaemon.Device) => [
    // @ts-expect-error: internal
    device.plan,
    // @ts-expect-error: internal
    device.replacePlan,
    // @ts-expect-error: internal
    device.log,
    // @ts-expect-error: internal
    device.callEncoded,
    // @ts-expect-error: internal
    device.read,
    // @ts-expect-error: internal
    device.remove,
    // @ts-expect-error: internal
    device.events({ waits: true }),
    // @ts-expect-error: internal
    daemon.addFailedDevice,
    // @ts-expect-error: internal
    daemon.listen,
    // @ts-expect-error: internal
    daemon.getDevice("daq1").log,
  ];
  equal(typeof check, "function");
});
