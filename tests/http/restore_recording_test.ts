/** `POST /restore` with a time of a recording. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { timestamp } from "../../lib/async/clock.ts";
import type { RestoreAnswer } from "../../lib/mod.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** A bench that is recorded, and whose properties are stored. @param blocks When rows become a block. */
async function recordedBench(blocks = {}) {
  const it = await recordingBench();
  it.recorders.blocks = blocks;
  await it.device.connect();
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  const has = (name: string, value: unknown) =>
    until(
      `${name} is stored`,
      () =>
        it.stored("run").some((event) => event.event === "property" && event.name === name && event.value === value),
    );
  await has("level", 0);
  await has("reading", 7);
  const restore = async (time: string, more = {}) =>
    (await it.ask("POST /restore", { recording: "run", time, ...more })).body as RestoreAnswer;
  return { ...it, has, restore };
}

Deno.test("a recording without any change is restored: it has the values at its start", async () => {
  await using it = await recordedBench();
  const time = timestamp();
  it.instrument.level = 5;
  const change = { device_id: "daq1", name: "level", from: 5, to: 0 };
  equal(await it.restore(time, { dry_run: true }), { changes: [change], skipped: [], warnings: [] });
  equal(it.instrument.level, 5);
  equal((await it.restore(time)).changes, [change]);
  equal(it.instrument.level, 0);
});

Deno.test("the bench is set as it was at a time, also between two changes", async () => {
  await using it = await recordedBench();
  const times = [timestamp()];
  for (const level of [2, 3]) {
    await it.device.setProperty("level", level);
    await it.has("level", level);
    times.push(timestamp());
  }
  for (const [i, level] of [0, 2, 3].entries()) {
    const { skipped, warnings } = await it.restore(times[i], { devices: ["daq1"] });
    equal([it.instrument.level, skipped, warnings], [level, [], []]);
  }
});

Deno.test("values that were read for the first time after the time are taken, with a warning", async () => {
  await using it = await recordedBench();
  it.instrument.level = 5;
  const [{ started_at }] =
    ((await it.ask("GET /recordings")).body as { recordings: { started_at: string }[] }).recordings;
  const { changes, warnings } = await it.restore(started_at, { dry_run: true });
  equal(changes.map(({ name, to }) => [name, to]), [["level", 0]]);
  match(warnings.join("\n"), /"level" of "daq1" was read first at /);
});

Deno.test("values of a device that was disconnected then are its last known ones, with a warning", async () => {
  await using it = await recordedBench();
  await it.device.setProperty("level", 4);
  await it.device.disconnect();
  await until("its state is stored", () => it.stored("run").some(({ state }) => state === "disconnected"));
  const time = timestamp();
  await it.device.connect();
  it.instrument.level = 9;
  const { changes, warnings } = await it.restore(time);
  equal(changes.map(({ to }) => to), [4]);
  match(warnings.join("\n"), /"daq1" was disconnected then/);
});

Deno.test("a device connects while it is recorded: its properties are read and stored", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run" });
  await it.device.connect();
  await until("its properties are stored", () => {
    const names = it.stored("run").filter(({ event }) => event === "property").map(({ name }) => name);
    return names.includes("level") && names.includes("reading");
  });
});

Deno.test("a time outside of the recording, an unknown recording and a misspelt key are refused", async () => {
  await using it = await recordedBench();
  const refused = async (body: object) => {
    const answer = await it.ask("POST /restore", body);
    return [answer.status, JSON.stringify(answer.body)] as const;
  };
  const [early, why] = await refused({ recording: "run", time: "2001-01-01T00:00:00Z" });
  equal(early, 400);
  match(why, /must be within it/);
  equal((await refused({ recording: "run", time: "noon" }))[0], 400);
  equal((await refused({ recording: "none", time: timestamp() }))[0], 404);
  equal((await refused({ recording: "run", time: timestamp(), dryrun: true }))[0], 400);
  ok((await refused({ recording: "run", time: timestamp(), devices: ["other"] }))[1].includes("warnings"));
});

Deno.test("a damaged row is left out of what is restored and of an export, and is named; what other rows have is there", async () => {
  await using it = await recordedBench({ rows: 1 });
  const path = `${it.folder}/run/000001.sqlite`;
  const newest = () => {
    using db = new DatabaseSync(path);
    return Number(db.prepare("SELECT max(id) AS id FROM row").get()!.id);
  };
  const before = newest();
  await it.device.setProperty("level", 2);
  await it.has("level", 2);
  const damaged = newest();
  ok(damaged > before);
  await it.device.setProperty("level", 3);
  await it.has("level", 3);
  const time = timestamp();
  await it.ask("POST /recordings/run/stop");
  using db = new DatabaseSync(path);
  db.prepare("UPDATE row SET crc = crc + 1 WHERE id = ?").run(damaged);
  it.instrument.level = 5;
  const { changes, warnings } = await it.restore(time, { dry_run: true });
  const named = new RegExp(`000001\\.sqlite: Row ${damaged} is damaged`);
  equal(changes, [{ device_id: "daq1", name: "level", from: 5, to: 3 }]);
  match(warnings.join("\n"), named);
  const lines = String((await it.ask("GET /recordings/run/data?format=jsonl")).body).trim().split("\n");
  const events = lines.map((line) => JSON.parse(line));
  match(events.find(({ event }) => event === "broken").message, named);
  equal(events.findLast(({ event, name }) => event === "property" && name === "level").value, 3);
});
