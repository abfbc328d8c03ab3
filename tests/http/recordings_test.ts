/** `/recordings`: started, listed, noted, stopped, deleted, and its data as a file. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { createApp } from "../../lib/http/app.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { recordingBench } from "../support/recording_bench.ts";

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

Deno.test("a time or a format of an export that cannot be read is refused", async () => {
  await using it = await recordingBench();
  await it.ask("POST /recordings", { name: "run" });
  for (const query of ["from=yesterday", "to=12:00", "format=xls"]) {
    const { status, body } = await it.ask(`GET /recordings/run/data?${query}`);
    equal(status, 400);
    match(JSON.stringify(body), /InvalidRequest/);
  }
});
