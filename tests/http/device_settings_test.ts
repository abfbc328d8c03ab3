import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { ErrorReport } from "../../lib/wire/error_report.ts";
import { openStage } from "../support/stage.ts";

const NEW = { device_id: "stage2", device_type: "Stage" };

Deno.test("POST /devices takes the settings of the bench file", async () => {
  await using stage = await openStage();
  const added = await stage.ask("POST /devices", {
    ...NEW,
    streaming: "always",
    limits: { call: "2min", stop: "300ms" },
    restart: { max_restarts: 0 },
    ring: { max_bytes: 1_000_000, max_age: "1min" },
    safe_on_shutdown: true,
  });
  equal(added.status, 201);
  const device = stage.daemon.getDevice("stage2");
  equal([device.safeOnShutdown, device.methods.map(({ limit }) => limit)], [true, [600, 120]]);
  const { max_bytes, max_age } = device.status().stream;
  equal([max_bytes, max_age], [1_000_000, 60]);
  await device.connect();
  equal(device.run, {});
});

Deno.test("a setting that does not fit is refused with its path, and no device is made", async () => {
  await using stage = await openStage();
  const wrong: [settings: Record<string, unknown>, path: string][] = [
    [{ limits: { call: "soon" } }, "limits.call"],
    [{ limits: { call: "0s" } }, "limits.call"],
    [{ limits: { calls: "1s" } }, "limits.calls"],
    [{ limits: { stop: "600h" } }, "limits.stop"],
    [{ restart: { initial_delay: "1min" } }, "restart.initial_delay"],
    [{ ring: { max_bytes: 1e15 } }, "ring.max_bytes"],
    [{ streaming: "sometimes" }, "streaming"],
    [{ bus: "none" }, 'there is no bus "none"; known buses are none'],
    [{ bus: "none", process: "small" }, "process"],
    [{ process: "no name" }, "process"],
    [{ permissions: { add: { net: true } } }, "permissions"],
  ];
  for (const [settings, path] of wrong) {
    const refused = await stage.ask("POST /devices", { ...NEW, ...settings });
    const { error } = refused.value as { error: ErrorReport };
    equal(refused.status, 400);
    match(error.message, new RegExp(path));
  }
  equal(stage.daemon.devices().length, 1);
});
