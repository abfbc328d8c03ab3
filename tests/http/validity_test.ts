import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { ErrorReport } from "../../lib/wire/error_report.ts";
import { held } from "../support/scripted_driver.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

const WHERE = ["POST /devices/stage1/call", { method: "where" }] as const;

const clockOf = async (stage: Stage) => (await stage.ask("GET /health")).headers.get("x-daemon-clock")!;

const refusal = (answer: Response & { value: unknown }): ErrorReport => (answer.value as { error: ErrorReport }).error;

Deno.test("a click that waited 20.7 s for a connection of the page is refused, and does not reach the instrument", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const asked = await clockOf(stage);
  await time.tick(20_700);
  const late = await stage.ask(...WHERE, { "x-asked-at": asked });
  equal([late.status, refusal(late).type], [409, "CommandExpired"]);
  match(refusal(late).message, /it was asked 20\.7 s ago and is valid for 10 s; nothing was done/);
  match(late.headers.get("x-daemon-clock")!, /^\w+-\d+$/);
  equal(stage.calls, []);
  equal((await stage.ask(...WHERE, { "x-asked-at": asked, "x-valid-for": "30" })).status, 200);
  equal((await stage.ask(...WHERE, { "x-asked-at": await clockOf(stage) })).status, 200);
});

Deno.test("the validity of a command counts while it waits for its turn, too", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.ask("POST /devices/stage1/call", { method: "home" });
  await settled();
  const asked = await clockOf(stage);
  await time.tick(6_000);
  const where = stage.ask(...WHERE, { "x-asked-at": asked });
  await time.tick(4_000);
  const late = await where;
  equal([late.status, refusal(late).type], [409, "CommandExpired"]);
  home.release("home");
  await homed;
  equal(stage.calls, ["home", "homed"]);
});

Deno.test("setting the wall clock of the daemon neither refuses good commands nor passes old ones", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const asked = await clockOf(stage);
  for (const step of [3_600_000, -3_600_000]) {
    time.setClock(Date.now() + step);
    equal((await stage.ask(...WHERE, { "x-asked-at": asked })).status, 200);
  }
  await time.tick(11_000);
  time.setClock(Date.now() - 3_600_000);
  equal((await stage.ask(...WHERE, { "x-asked-at": asked })).status, 409);
});

Deno.test("a command that was asked of an earlier daemon is refused", async () => {
  await using stage = await openStage();
  const late = await stage.ask(...WHERE, { "x-asked-at": "elsewhere-5" });
  match(refusal(late).message, /it was asked of an earlier daemon/);
});

Deno.test("every command expires, but not what makes safe or cancels, and not a question", async () => {
  await using stage = await openStage();
  const old = { "x-asked-at": "elsewhere-5" };
  const commands = ["POST /devices", "DELETE /devices/stage1", "POST /restore"].concat(
    ["connect", "disconnect", "disable", "enable", "stream/start", "stream/stop", "call", "methods/where"]
      .map((it) => `POST /devices/stage1/${it}`),
  );
  for (const command of commands) equal([command, (await stage.ask(command, undefined, old)).status], [command, 409]);
  equal(stage.device.state, "connected");
  for (
    const [request, status] of [["POST /safe", 200], ["POST /devices/stage1/safe", 200], ["GET /devices", 200]] as const
  ) {
    equal([request, (await stage.ask(request, undefined, old)).status], [request, status]);
  }
  equal((await stage.ask("DELETE /calls/nix", undefined, old)).status, 404);
});

Deno.test("a time or a validity that is none is refused", async () => {
  await using stage = await openStage();
  const wrong: HeadersInit[] = [
    { "x-asked-at": "2026-11-22T06:25:52Z" },
    { "x-asked-at": "" },
    ...["0", "-1", "soon", "1e9", "NaN"].map((it) => ({ "x-valid-for": it })),
  ];
  for (const headers of wrong) equal([headers, (await stage.ask(...WHERE, headers)).status], [headers, 400]);
});
