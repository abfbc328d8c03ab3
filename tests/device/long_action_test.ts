import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { held } from "../support/scripted_driver.ts";
import { openStage, stuck, untilAborted } from "../support/stage.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

const MINUTE = 60_000;

Deno.test("a method takes as long as its own limit allows, whatever the call limit of the device", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.device.call("home");
  await time.tick(9 * MINUTE);
  home.release("at 0 mm");
  equal(await homed, "at 0 mm");
});

Deno.test("a method beyond its limit that ends by its signal costs nothing but its own error", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  stage.home = untilAborted;
  const late = rejects(stage.device.call("home"), { code: "DeviceTimeout", message: /no answer within 600000 ms/ });
  await time.tick(10 * MINUTE);
  await late;
  await time.tick(MINUTE);
  equal([stage.device.state, stage.calls], ["connected", ["home", "homed"]]);
});

Deno.test("a method that ignores its limit is not killed in mid-move: safe() and disconnect() get their time", async () => {
  using time = fakeTime();
  await using stage = await openStage({ limits: { callMs: 2_000, stopMs: 1_000 } });
  stage.home = stuck;
  const late = rejects(stage.device.call("home"), { code: "DeviceTimeout" });
  await time.tick(10 * MINUTE);
  await late;
  equal(stage.calls, ["home"]);
  await time.tick(1_000);
  const { error } = await stage.watch.state("retrying") as unknown as { error: Record<string, unknown> };
  equal([error.type, error.failure_source], ["MethodHangs", "driver"]);
  await time.tick(3_000);
  match(stage.calls[1], /^safe: the connection has failed: .*"home" on "stage1": it still ran 1000 ms/);
  equal(stage.calls[2], "disconnect");
  await time.tick(MINUTE);
  equal([stage.device.state, await stage.device.call("where")], ["connected", 12]);
});

Deno.test("a second caller waits for the first one, and gets its own answer", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.device.call("home");
  const where = stage.device.call("where", [], {}, { validMs: 5 * MINUTE });
  await time.tick(4 * MINUTE);
  home.release("home");
  equal([await homed, await where], ["home", 12]);
});

Deno.test("a call that has waited longer than it is valid is refused, and never carried out", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.device.call("home");
  const message = 'Cannot call "where" on "stage1": it has waited 10 s for other commands, as long as it is valid; ' +
    "nothing was done";
  const expired = rejects(stage.device.call("where", [], {}, { validMs: 10_000 }), { code: "CommandExpired", message });
  await time.tick(10_000);
  await expired;
  home.release("home");
  await homed;
  equal([stage.calls, stage.device.lastError], [["home", "homed"], undefined]);
});

Deno.test("a call without a validity that does not get its turn is a time-out, as ever, and never carried out", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.device.call("home");
  const message = 'Cannot call "where" on "stage1": it has waited 30 s for other commands; nothing was done';
  const late = rejects(stage.device.call("where"), { code: "DeviceTimeout", message });
  await time.tick(30_000);
  await late;
  home.release("home");
  await homed;
  equal(stage.calls, ["home", "homed"]);
});

Deno.test("progress reaches the caller, the call's record and the readers; of quick reports the last counts", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const seen: unknown[] = [];
  const home = held();
  stage.home = ({ progress }) => {
    for (let i = 0; i <= 10; i++) progress(i / 10, `step ${i}`);
    progress(NaN, "x".repeat(1_000));
    progress(2);
    return home.step();
  };
  const options = { progress: (...report: unknown[]) => seen.push(report) };
  const call = stage.device.startCall({ method: "home", args: [], kwargs: {} }, options);
  await settled();
  await time.tick(200);
  const events = stage.watch.events.filter(({ event }) => event === "progress") as unknown as Record<string, unknown>[];
  equal(events.map(({ call_id, method, fraction, text }) => [call_id, method, fraction, text]), [
    [call.id, "home", 0, "step 0"],
    [call.id, "home", 1, ""],
  ]);
  equal(seen, [[0, "step 0"], [1, ""]]);
  equal(call.record().progress, { fraction: 1, text: "" });
  home.release(null);
  await call.answer;
});

Deno.test("a call can be cancelled while it runs and while it waits; a method that ends regularly is done", async () => {
  await using stage = await openStage();
  stage.home = untilAborted;
  const running = stage.device.startCall({ method: "home", args: [], kwargs: {} });
  const waiting = stage.device.startCall({ method: "where", args: [], kwargs: {} });
  await settled();
  waiting.cancel();
  await rejects(waiting.answer, { code: "CallCancelled", message: /"where" on "stage1": the call was cancelled/ });
  running.cancel();
  await rejects(running.answer, { code: "CallCancelled" });
  equal([running.record().status, waiting.record().status], ["cancelled", "cancelled"]);
  equal([stage.calls, stage.device.lastError], [["home", "homed"], undefined]);

  const home = held();
  stage.home = home.step;
  const stubborn = stage.device.startCall({ method: "home", args: [], kwargs: {} });
  await settled();
  stubborn.cancel();
  home.release("anyway");
  equal([await stubborn.answer, stubborn.record().status], ["anyway", "done"]);
});

Deno.test("a script cancels a call by its own signal", async () => {
  await using stage = await openStage();
  stage.home = untilAborted;
  const cancel = new AbortController();
  const call = rejects(stage.device.call("home", [], {}, { signal: cancel.signal }), { code: "CallCancelled" });
  await settled();
  cancel.abort();
  await call;
});
