import { deepStrictEqual as equal } from "node:assert/strict";
import type { SafeAnswer } from "../../lib/wire/requests.ts";
import { openStage } from "../support/stage.ts";

Deno.test("POST /devices/{id}/safe and POST /safe answer what became of each device", async () => {
  await using stage = await openStage();
  stage.daemon.registerPlugins({ devices: { Lamp: class {} } });
  await (await stage.daemon.addDevice("lamp1", "Lamp")).connect();
  await stage.daemon.addDevice("lamp2", "Lamp");
  const one = await stage.ask("POST /devices/stage1/safe", { reason: "smoke" });
  equal([one.status, one.value], [200, { results: [{ device_id: "stage1", ok: true }] }]);
  const { results } = (await stage.ask("POST /safe")).value as SafeAnswer;
  equal(results.map(({ device_id, ok, error }) => [device_id, ok, error?.type]), [
    ["stage1", true, undefined],
    ["lamp1", false, "NoSafeState"],
    ["lamp2", false, "DeviceNotConnected"],
  ]);
  equal(stage.calls, ["safe: smoke", "safe: on request"]);
});
