import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { ServerAPI } from "../../lib/client/mod.ts";
import { DaemonClock } from "../../lib/client/daemon_clock.ts";
import { held } from "../support/scripted_driver.ts";
import { openStage, untilAborted } from "../support/stage.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

const BASE = "http://127.0.0.1:5000";

Deno.test("callDeviceMethod() follows the method's own limit, beyond the limit of a request", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const api = new ServerAPI(BASE, { fetch: stage.fetch });
  const home = held();
  stage.home = home.step;
  const homed = api.callDeviceMethod("stage1", "home");
  await settled();
  await time.tick(9 * 60_000);
  home.release({ mm: 0 });
  await time.tick(1);
  equal(await homed, { mm: 0 });
});

Deno.test("the error of a long call is that of a short one: type, message, status", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const api = new ServerAPI(BASE, { fetch: stage.fetch });
  const home = held();
  stage.home = home.step;
  const failed = rejects(api.callDeviceMethod("stage1", "home"), {
    type: "DeviceError",
    status: 502,
    message: "jammed",
  });
  await settled();
  await time.tick(60_000);
  home.fail(new Error("jammed"));
  await time.tick(1);
  await failed;
  stage.home = untilAborted;
  const late = rejects(api.callDeviceMethod("stage1", "home"), { type: "DeviceTimeout", status: 504 });
  await settled();
  await time.tick(11 * 60_000);
  await late;
});

Deno.test("callDeviceMethod() reports progress, and its signal cancels the call on the daemon", async () => {
  await using stage = await openStage();
  const api = new ServerAPI(BASE, { fetch: stage.fetch });
  stage.home = (context) => {
    context.progress(0.5, "half");
    return untilAborted(context);
  };
  const cancel = new AbortController();
  const seen: unknown[] = [];
  const onProgress = (progress: unknown) => {
    seen.push(progress);
    cancel.abort();
  };
  const call = api.callDeviceMethod("stage1", "home", { signal: cancel.signal, onProgress });
  await rejects(call, { type: "CallCancelled", status: 409 });
  equal([seen, stage.calls], [[{ fraction: 0.5, text: "half" }], ["home", "homed"]]);
});

Deno.test("a call with a limit of the caller's own is given up at that limit", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const api = new ServerAPI(BASE, { fetch: stage.fetch });
  const home = held();
  stage.home = home.step;
  const given = rejects(api.callDeviceMethod("stage1", "home", { timeoutMs: 30_000 }), { type: "RequestTimeout" });
  await settled();
  await time.tick(30_000);
  await given;
  home.release(null);
  await time.tick(30_000);
});

Deno.test("calls by id, and the safe state of a device and of the bench", async () => {
  await using stage = await openStage();
  const api = new ServerAPI(BASE, { fetch: stage.fetch });
  stage.home = untilAborted;
  const { call_id } = await api.startCall("stage1", "home");
  equal((await api.listCalls()).map((call) => call.call_id), [call_id]);
  equal((await api.getCall(call_id)).status, "running");
  equal((await api.cancelCall(call_id)).status, "cancelled");
  equal(await api.makeDeviceSafe("stage1", "smoke"), { device_id: "stage1", ok: true });
  equal(await api.makeSafe(), [{ device_id: "stage1", ok: true }]);
  const { stream } = await api.addDevice("stage2", "Stage", {}, { ring: { max_age: "1min" } });
  equal(stream.max_age, 60);
});

Deno.test("a command that waited in the client longer than it is valid is refused, and not sent again", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  let waitMs = 0;
  const sent: string[] = [];
  const api = new ServerAPI("http://127.0.0.1:5001", {
    fetch: async (url, init) => {
      // A browser keeps a request back while its connections are taken.
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      sent.push(url);
      return await stage.fetch(url, init);
    },
  });
  await api.health();
  waitMs = 20_700;
  const late = rejects(api.callDeviceMethod("stage1", "where"), { type: "CommandExpired", status: 409 });
  await time.tick(20_700);
  await late;
  equal([stage.calls, sent.length], [[], 2]);
});

Deno.test("a command that the daemon holds for old, and this computer does not, is sent once more with the daemon's new time", async () => {
  await using first = await openStage();
  await using second = await openStage();
  let daemon = first;
  const api = new ServerAPI("http://127.0.0.1:5002", { fetch: (url, init) => daemon.fetch(url, init) });
  equal(await api.callDeviceMethod("stage1", "where"), 12);
  daemon = second;
  equal(await api.callDeviceMethod("stage1", "where"), 12);
  equal([first.calls, second.calls], [["where"], ["where"]]);
});

Deno.test("DaemonClock never makes a command older than it is", () => {
  const clock = new DaemonClock();
  equal(clock.at(0), undefined);
  // The answer took 20 s, and the daemon's clock was read at its end.
  clock.read("k3f9-120000", 1_000, 21_000);
  equal(clock.at(21_000), "k3f9-140000");
  clock.read("k3f9-120010", 21_005, 21_020);
  equal(clock.at(21_020), "k3f9-120025");
  // A slower answer does not replace it.
  clock.read("k3f9-130000", 22_000, 31_020);
  equal(clock.at(31_020), "k3f9-130025");
  clock.read("other-5", 31_000, 31_030);
  equal(clock.at(31_030), "other-35");
  clock.read(null, 0, 0);
  clock.read("nothing", 0, 0);
  equal(clock.at(31_030), "other-35");
});
