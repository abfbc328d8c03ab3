import { deepEqual, equal, match } from "node:assert/strict";
import { ServerAPI } from "../../../lib/client/mod.ts";
import { openStage, untilAborted } from "../../support/stage.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("calls lists what runs, and cancel ends it", async () => {
  await using stage = await openStage();
  equal((await ctl(stage.app, ["calls"])).out, "No method runs\n");
  stage.home = (context) => {
    context.progress(0.25, "moving to 12 mm");
    return untilAborted(context);
  };
  const { call_id } = await new ServerAPI("http://127.0.0.1:5000", { fetch: stage.fetch }).startCall("stage1", "home");
  await stage.watch.next(({ event }) => event === "progress");
  match(
    (await ctl(stage.app, ["calls"])).out,
    new RegExp(`^${call_id} .*stage1\\.home  running  25 %  moving to 12 mm\n$`),
  );
  equal((await ctl(stage.app, ["cancel", call_id])).out, "home of stage1 is cancelled\n");
  const unknown = await ctl(stage.app, ["cancel", "nix"]);
  deepEqual([unknown.code, unknown.err.startsWith('Cannot find call "nix"')], [1, true]);
});

Deno.test("methods shows the limit of a long method", async () => {
  await using stage = await openStage();
  equal((await ctl(stage.app, ["methods", "stage1"])).out, "home  (at most 10min)\nwhere\n");
});

Deno.test("safe makes one device safe, or all; a device without a safe state is no failure of the bench", async () => {
  await using stage = await openStage();
  stage.daemon.registerPlugins({ devices: { Lamp: class {} } });
  await (await stage.daemon.addDevice("lamp1", "Lamp")).connect();
  const all = await ctl(stage.app, ["safe", "--reason", "smoke"]);
  deepEqual([all.code, all.err], [0, ""]);
  match(all.out, /^stage1 is safe\nlamp1 is not safe: Cannot make "lamp1" safe: its driver has no safe function/);
  equal((await ctl(stage.app, ["safe", "stage1"])).out, "stage1 is safe\n");
  equal((await ctl(stage.app, ["safe", "lamp1"])).code, 1);
  await stage.device.disconnect();
  const left = await ctl(stage.app, ["safe"]);
  deepEqual([left.code, left.err], [1, "Not safe: stage1\n"]);
  deepEqual(stage.calls, ["safe: smoke", "safe: on request", "disconnect"]);
});
