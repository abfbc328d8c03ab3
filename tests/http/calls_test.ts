import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { CallRecord } from "../../lib/wire/calls.ts";
import { held } from "../support/scripted_driver.ts";
import { openStage, type Stage, untilAborted } from "../support/stage.ts";
import { until } from "../support/until.ts";

const ASYNC = { prefer: "respond-async" };

/** Starts `home` and answers the id of the call. */
async function start(stage: Stage, headers: HeadersInit = ASYNC): Promise<string> {
  const accepted = await stage.ask("POST /devices/stage1/call", { method: "home" }, headers);
  const { call_id, status } = accepted.value as CallRecord;
  equal([accepted.status, status], [202, "running"]);
  equal(accepted.headers.get("location"), `/calls/${call_id}`);
  return call_id;
}

Deno.test("a call with Prefer: respond-async answers 202; GET /calls/{id} has its progress, then its result", async () => {
  await using stage = await openStage();
  const home = held();
  stage.home = ({ progress }) => (progress(0.5, "half"), home.step());
  const id = await start(stage);
  await stage.watch.next(({ event }) => event === "progress");
  const running = (await stage.ask(`GET /calls/${id}`)).value as CallRecord;
  equal([running.status, running.progress], ["running", { fraction: 0.5, text: "half" }]);
  const later = stage.ask(`GET /calls/${id}`, undefined, { prefer: "wait=30" });
  home.release([1, 2]);
  const done = (await later).value as CallRecord;
  equal([done.status, done.result, done.method, done.device_id], ["done", [1, 2], "home", "stage1"]);
  match(done.ended_at!, /Z$/);
});

Deno.test("a call that ends within Prefer: wait is answered as ever, and not kept", async () => {
  await using stage = await openStage();
  const answer = await stage.ask("POST /devices/stage1/call", { method: "where" }, {
    prefer: "respond-async, wait=20",
  });
  equal([answer.status, answer.value], [200, { result: 12, success: true }]);
  equal((await stage.ask("GET /calls")).value, { calls: [] });
});

Deno.test("DELETE /calls/{id} cancels a call that runs, and one that waits", async () => {
  await using stage = await openStage();
  stage.home = untilAborted;
  const [first, second] = [await start(stage), await start(stage)];
  await until("the first call runs", () => stage.calls.length > 0);
  const list = (await stage.ask("GET /calls")).value as { calls: CallRecord[] };
  equal(list.calls.map(({ call_id }) => call_id), [first, second]);
  for (const id of [second, first, first]) {
    const { value } = await stage.ask(`DELETE /calls/${id}`);
    const { status, error } = value as CallRecord;
    equal([status, error?.type], ["cancelled", "CallCancelled"]);
  }
  equal(stage.calls, ["home", "homed"]);
});

Deno.test("a call that fails after 202 is failed, with its error; an unknown one is not found", async () => {
  await using stage = await openStage();
  stage.home = () => {
    throw new Error("the door is open");
  };
  const id = (await stage.ask("POST /devices/stage1/call", { method: "home" }, ASYNC)).value as CallRecord;
  const failed = (await stage.ask(`GET /calls/${id.call_id}`, undefined, { prefer: "wait=30" })).value as CallRecord;
  equal([failed.status, failed.error?.message], ["failed", "the door is open"]);
  const unknown = await stage.ask("GET /calls/nix");
  equal([unknown.status, (unknown.value as { error: { type: string } }).error.type], [404, "CallNotFound"]);
});

Deno.test("POST /devices/{id}/methods/{name} takes the input as its body, and answers the bare result", async () => {
  await using stage = await openStage();
  const where = await stage.ask("POST /devices/stage1/methods/where", {});
  equal([where.status, where.value], [200, 12]);
  stage.home = () => undefined;
  equal((await stage.ask("POST /devices/stage1/methods/home")).value, null);
  const wrong = await stage.ask("POST /devices/stage1/methods/where", { x: 1 });
  equal(wrong.status, 400);
});

Deno.test("the limit of a method is in the list of methods, in seconds", async () => {
  await using stage = await openStage({ limits: { callMs: 5_000 } });
  const { methods } = (await stage.ask("GET /devices/stage1/methods")).value as { methods: { limit: number }[] };
  equal(methods.map(({ limit }) => limit), [600, 5]);
});

Deno.test("only a hundred ended calls are kept, for ten minutes", async () => {
  await using stage = await openStage();
  for (let i = 0; i < 101; i++) await stage.ask("POST /devices/stage1/call", { method: "where" }, ASYNC);
  await stage.device.call("where");
  const { calls } = (await stage.ask("GET /calls")).value as { calls: CallRecord[] };
  equal(calls.length, 100);
});
