/** `/recordings`: started, listed, noted, stopped, deleted, and its data as a file. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import type { RestoreAnswer } from "../../lib/mod.ts";
import type { HistoryAnswer } from "../../lib/wire/history.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

interface Run {
  recording_id: string;
  state: string;
  notes: { text: string }[];
  contents: { device_id: string; samples: number }[];
}

Deno.test("a recording is started, listed, noted, stopped and deleted", async () => {
  await using it = await recordingBench();
  const { status, body } = await it.ask("POST /recordings", {
    name: "run42",
    devices: ["daq1"],
    tags: ["cold"],
    until: "1h",
  });
  equal([status, (body as Run).recording_id, (body as Run).state], [201, "run42", "recording"]);
  const noted = await it.ask("POST /recordings/run42/notes", { text: "valve open" });
  equal((noted.body as Run).notes.map(({ text }) => text), ["valve open"]);
  const { body: list } = await it.ask("GET /recordings");
  equal((list as { recordings: Run[] }).recordings.map(({ recording_id }) => recording_id), ["run42"]);
  equal((await it.ask("DELETE /recordings/run42")).status, 409);
  equal(((await it.ask("POST /recordings/run42/stop")).body as Run).state, "stopped");
  equal(((await it.ask("POST /recordings/run42/stop")).body as Run).state, "stopped");
  equal((await it.ask("DELETE /recordings/run42")).status, 204);
  equal((await it.ask("GET /recordings/run42")).status, 404);
});

Deno.test("a daemon without a folder for recordings refuses to record with 503", async () => {
  await using bench = await scriptedBench();
  const app = createApp(bench.daemon);
  const response = await app.request("/recordings");
  equal([response.status, (await response.json()).error.type], [503, "Unavailable"]);
  app.close();
});

Deno.test("a day that no month has, and 24:00, are refused, and not taken for a later time", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run" });
  for (
    const time of [
      "2026-02-30T00:00:00Z",
      "2026-06-31T08:00:00.000000Z",
      "2027-02-29T12:00:00+01:00",
      "2026-11-26T24:00:00Z",
    ]
  ) {
    for (const path of ["/recordings/run/data", "/devices/daq1/history"]) {
      for (const name of ["from", "to"]) {
        const { status, body } = await it.ask(`GET ${path}?${name}=${encodeURIComponent(time)}`);
        equal([path, name, time, status], [path, name, time, 400]);
        match(JSON.stringify(body), /must be a time/);
      }
    }
    equal((await it.ask("POST /recordings", { name: "later", until: time.replace(/^202./, "2099") })).status, 400);
    const restore = { recording: "run", time, dry_run: true };
    match(JSON.stringify((await it.ask("POST /restore", restore)).body), /must be a time/);
  }
  equal((await it.ask("GET /recordings/run/data?from=2024-02-29T00:00:00Z")).status, 200);
});

Deno.test("with an open-ended time, as the year 9999 or 1600, an export and a history were empty and called the file damaged", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  await it.push(1, 3, 2);
  await until(
    "the samples are stored",
    () => it.stored("run").filter(({ event }) => event === "device_data").length === 3,
  );
  const [first, early, last] = ["0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z", "9999-12-31T23:59:59Z"];
  const spans = [`from=${first}`, `from=${early}`, `to=${last}`, `from=${early}&to=${last}`];
  const read = async (span: string) => {
    const { body } = await it.ask(`GET /recordings/run/data?format=jsonl&${span}`);
    const events = (body as string).trim().split("\n").map((line) => JSON.parse(line));
    equal(events.filter(({ event }) => event === "broken"), []);
    return events.filter(({ event }) => event === "device_data").map(({ payload }) => payload);
  };
  for (const span of spans) equal([span, await read(span)], [span, [1, 3, 2]]);
  // Of samples in one interval, the smallest and the largest: the last one may have been as soon as that.
  const thinned = await read(`to=${last}&points=100`);
  equal(thinned.filter((it) => it !== 2), [1, 3]);
  for (const span of [`from=${last}`, `to=${early}`, `from=${first}&to=${early}`]) {
    const { body } = await it.ask(`GET /recordings/run/data?format=jsonl&${span}`);
    equal((body as string).trim().split("\n").length, 1);
  }
  await it.ask("POST /recordings/run/stop");
  for (const span of [`from=${first}`, `from=${early}`, `from=${early}&to=${last}`]) {
    const { body } = await it.ask(`GET /devices/daq1/history?${span}`);
    const { samples, complete, damaged, channels } = body as HistoryAnswer;
    equal([span, samples, complete, damaged], [span, 3, true, []]);
    equal(channels.map(({ values }) => values.length > 0), [true]);
  }
});

Deno.test("a restore with a time far ahead of a recording that runs was a search of each minute until then, and of the year 9999 a damaged file: it has the last values", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  await until(
    "the settings are stored",
    () => it.stored("run").some(({ event, name }) => event === "property" && name === "level"),
  );
  for (const time of ["9999-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]) {
    it.instrument.level = 5;
    const { status, body } = await it.ask("POST /restore", { recording: "run", time });
    const { changes, warnings } = body as RestoreAnswer;
    equal([status, changes, warnings], [200, [{ device_id: "daq1", name: "level", from: 5, to: 0 }], []]);
  }
});

Deno.test("a note that a full or broken disk does not take is refused with 503, and is not there later", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run" });
  const file = `${it.folder}/run/recording.json`;
  await Deno.remove(file);
  // A folder in the place of the file: the system refuses to rename the new one.
  await Deno.mkdir(`${file}/taken`, { recursive: true });
  const { status, body } = await it.ask("POST /recordings/run/notes", { text: "valve open" });
  equal(status, 503);
  match(JSON.stringify(body), /"Unavailable".*Cannot add a note to \\"run\\": .*os error/);
  equal(((await it.ask("GET /recordings/run")).body as Run).notes, []);
  await Deno.remove(file, { recursive: true });
  equal((await it.ask("POST /recordings/run/notes", { text: "valve closed" })).status, 200);
  equal(((await it.ask("GET /recordings/run")).body as Run).notes.map(({ text }) => text), ["valve closed"]);
});

Deno.test("a device that is not in the recording, and a key that an export does not have, are refused with the known ones", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run", devices: ["daq1"] });
  const later = "2026-01-02T00:00:00Z";
  const sooner = "2026-01-01T00:00:00Z";
  for (
    const [query, reason] of [
      ["devices=dag1", `"run" has no device "dag1"; did you mean daq1? Recorded devices are daq1`],
      ["devices=daq1,ghost", `"run" has no device "ghost"; recorded devices are daq1`],
      ["devices=", `"devices" names none; recorded devices are daq1`],
      [`from=${later}&to=${sooner}`, `"from" must be before "to"`],
      ["format=csv&format=parquet", `"format" is given 2 times; expected one value`],
      ["device=daq1", "device: unknown key; did you mean devices? Known keys are format, devices, from, to, points"],
      ["colour=1&colour=2", "colour: unknown key; known keys are format, devices, from, to, points"],
    ]
  ) {
    const { status, body } = await it.ask(`GET /recordings/run/data?${query}`);
    const { type, message } = (body as { error: { type: string; message: string } }).error;
    equal([status, type, message], [400, "InvalidRequest", `Cannot GET the data of a recording: ${reason}`]);
  }
  for (const query of ["devices=daq1&devices=daq1", "devices=*", `from=${sooner}&to=${later}`]) {
    equal([query, (await it.ask(`GET /recordings/run/data?${query}`)).status], [query, 200]);
  }
});

Deno.test("a time or a format of an export that cannot be read is refused", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run" });
  for (const query of ["from=yesterday", "to=12:00", "format=xls"]) {
    const { status, body } = await it.ask(`GET /recordings/run/data?${query}`);
    equal(status, 400);
    match(JSON.stringify(body), /InvalidRequest/);
  }
});
