/** A view passes on more than devices: recordings, histories, tasks and snapshots of its benches. */
import { z } from "zod";
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { actionOf, ROUTE_TABLE } from "../../lib/http/access/route_table.ts";
import { createApp } from "../../lib/http/app.ts";
import { beginningOf } from "../../lib/hub/body_beginning.ts";
import { defineTask, deviceParam } from "../../lib/task/mod.ts";
import { hubbedBench, joinHub, openView } from "../support/hub_view.ts";
import { inlineHistory } from "../support/inline_history.ts";
import { natsServer } from "../support/nats_server.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { taskBench } from "../support/task_bench.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until } from "../support/until.ts";

Deno.test("a view lists, plots, exports and stops the recordings of its benches, whatever their size", async () => {
  await using server = await natsServer();
  await using bench = await recordingBench();
  const { daemon, device, recordings } = bench;
  const app = createApp(daemon, { host: "127.0.0.1", recordings, startHistory: inlineHistory });
  const hub = await joinHub(server, "lab3", { daemon, app });
  await using lab4 = await hubbedBench(server, "lab4");
  await using tokens = await tokenFolder();
  await using view = await openView(server, ["lab3", "lab4"], tokens.access);
  const admin = await tokens.token("root", "admin");
  const stranger = await tokens.token("eve", "control", { devices: ["lab4/*"] });
  const ask = (request: string, body?: unknown, token = admin) => view.ask(request, body, token);
  const text = async (path: string) => await (await view.app.request(path, { headers: admin })).text();
  {
    // Routes of the table, and no other ones.
    const own = new Set(view.app.routes.map(({ method, path }) => actionOf(method, path)));
    equal(Object.keys(ROUTE_TABLE).filter((action) => !action.endsWith("*") && !own.has(action)), []);
  }
  await device.connect();
  match((await ask("POST /recordings", { name: "run" })).body.error.message, /name the devices of one bench/);
  equal((await ask("POST /recordings", { name: "run", devices: ["lab3/daq1", "lab4/daq1"] })).status, 400);
  equal((await ask("POST /recordings", { name: "run", devices: ["lab3/*"] }, stranger)).status, 403);
  const begun = await ask("POST /recordings", { name: "run", devices: ["lab3/*"] });
  equal([begun.status, begun.body.recording_id, begun.body.devices], [201, "lab3/run", ["lab3/*"]]);
  // Beyond the bytes that one message, and the window of one stream, take.
  const samples = Array.from({ length: 40 }, (_, i) => "x".repeat(100_000) + i);
  await bench.push(...samples);
  await bench.push(1.5);
  const stopped = await ask("POST /recordings/lab3/run/stop");
  equal([stopped.status, stopped.body.state, stopped.body.contents[0].device_id], [200, "stopped", "lab3/daq1"]);

  const listed = await ask("GET /recordings");
  equal(listed.body.recordings.map(({ recording_id }: { recording_id: string }) => recording_id), ["lab3/run"]);
  equal(listed.body.unanswered.map(({ bench }: { bench: string }) => bench), ["lab4"]);
  equal((await ask("GET /recordings", undefined, stranger)).body.recordings, []);
  equal((await ask("GET /recordings/lab3/run", undefined, stranger)).status, 403);
  equal((await ask("GET /recordings/lab3%2Frun/data", undefined, stranger)).status, 403);
  equal((await ask("GET /recordings/lab3/nope")).status, 404);
  equal((await ask("GET /recordings/lab9/run")).body.error.type, "RecordingNotFound");

  const lines = (await text("/recordings/lab3%2Frun/data?devices=lab3/daq1")).trim().split("\n").map((it) =>
    JSON.parse(it)
  );
  equal(lines[0].recording_id, "lab3/run");
  const stored = lines.filter(({ event }) => event === "device_data");
  equal(stored.map(({ device_id }) => device_id), Array(41).fill("lab3/daq1"));
  equal(stored.map(({ payload }) => payload), [...samples, 1.5]);
  equal((await ask("GET /recordings/lab3/run/data?devices=lab4/daq1")).status, 400);
  const csv = "/recordings/lab3/run/data?format=csv";
  const head = await view.app.request(csv, { method: "HEAD", headers: admin });
  match(head.headers.get("content-disposition")!, /filename="run.csv"/);
  equal(await text(csv), await (await app.request("/recordings/run/data?format=csv")).text());
  const { body: history } = await ask("GET /devices/lab3/daq1/history");
  equal([history.device_id, history.channels[0].values], ["lab3/daq1", [1.5]]);
  equal(new Set(history.events.map(({ device_id }: { device_id: string }) => device_id)), new Set(["lab3/daq1"]));

  // One who reads no more does not hold the bench.
  const { body } = await view.app.request("/recordings/lab3/run/data", { headers: admin });
  const reader = body!.getReader();
  await reader.read();
  await reader.cancel();
  equal((await ask("DELETE /recordings/lab3/run")).status, 204);
  ok(lab4.hub.isConnected);
  await hub.close();
  await app.close();
});

/** Sets a voltage, then waits until its parameter says so. */
const Hold = defineTask({
  name: "Hold",
  params: z.object({ supply: deviceParam("The supply") }),
  parameters: z.object({ done: z.boolean().default(false) }),
  async run(context) {
    const set = await context.device(context.params.supply).set("voltage", 5);
    while (!context.parameters.done) {
      await context.checkpoint();
      await context.delay(1);
    }
    return { set };
  },
});

Deno.test("a view starts, shows and ends tasks of its benches, and restores a snapshot of all", async () => {
  await using server = await natsServer();
  const bench = await taskBench([Hold]);
  const { daemon, leases, tasks } = bench;
  const app = createApp(daemon, { host: "127.0.0.1", leases, tasks });
  const hub = await joinHub(server, "lab4", { daemon, app });
  await using _lab4 = {
    async [Symbol.asyncDispose]() {
      await hub.close();
      await bench[Symbol.asyncDispose]();
      await app.close();
    },
  };
  await using _lab3 = await hubbedBench(server, "lab3");
  await using view = await openView(server, ["lab3", "lab4"]);
  const { ask } = view;
  const { body: { task_types } } = await ask("GET /task-types");
  equal(task_types.map(({ name }: { name: string }) => name), ["lab4/Hold"]);
  const request = { task_id: "hold1", task_type: "lab4/Hold", params: { supply: "lab4/psu1" } };
  equal((await ask("POST /tasks", { ...request, task_type: "Hold" })).body.error.type, "TaskTypeNotFound");
  const started = await ask("POST /tasks", request);
  equal([started.status, started.body.task_id, started.body.device_ids], [200, "lab4/hold1", ["lab4/psu1"]]);
  equal((await ask("GET /tasks")).body.tasks.map(({ task_id }: { task_id: string }) => task_id), ["lab4/hold1"]);
  equal((await ask("POST /tasks/lab4/hold1/parameters", { key: "done", value: true })).body.value, true);
  const detail = async () => (await ask("GET /tasks/lab4%2Fhold1")).body;
  await until("it has ended", async () => !(await detail()).running);
  equal((await detail()).result, { set: 5 });
  equal((await ask("GET /tasks/lab4/nope")).status, 404);

  const { body: snapshot } = await ask("GET /snapshot");
  const ids = snapshot.devices.map(({ device_id }: { device_id: string }) => device_id);
  equal([ids, snapshot.unanswered], [["lab3/daq1", "lab4/psu1", "lab4/psu2"], []]);
  await ask("PUT /devices/lab4/psu1/properties/voltage", { value: 2 });
  const { body: { changes } } = await ask("POST /restore", { ...snapshot, dry_run: true });
  equal(changes, [{ device_id: "lab4/psu1", name: "voltage", from: 2, to: 5 }]);
  equal((await ask("POST /restore", snapshot)).body.changes.length, 1);
  equal((await ask("GET /devices/lab4/psu1/properties/voltage")).body.value, 5);
});

Deno.test("a view does not wait for a body that fails at its bench, and takes no pages, cookies or redirects from one", async () => {
  await using server = await natsServer();
  await using lab3 = await hubbedBench(server, "lab3", []);
  const answers: Record<string, () => Response> = {
    "/stream/devices/daq1": () => {
      const body = new ReadableStream({
        pull: (controller) => controller.error(new Error("the disk is gone")),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
    "/page": () => new Response("<script>", { headers: { "content-type": "text/html" } }),
    "/moved": () => new Response(null, { status: 302, headers: { location: "https://example.org" } }),
    "/cookie": () => Response.json({}, { headers: { "set-cookie": "session=x", "content-security-policy": "x" } }),
  };
  const fetch = (request: Request) => answers[new URL(request.url).pathname]();
  const hub = await joinHub(server, "lab4", { daemon: lab3.daemon, app: { ...lab3.app, fetch } });
  await using view = await openView(server, ["lab4"]);
  const bench = view.view.benches.get("lab4")!;
  const caller = { name: "alice", scope: "read" as const, devices: null };
  const ask = (path: string) => view.view.ask(bench, caller, { method: "GET", path });
  await rejects((await ask("/stream/devices/daq1")).text(), /the disk is gone/);
  await rejects(ask("/page"), /its answer is none of a bench/);
  await rejects(ask("/moved"), /its answer is none of a bench/);
  equal([...(await ask("/cookie")).headers.keys()], ["content-type"]);
  await hub.close();
});

Deno.test("the beginning of a body is its whole, or the body of which nothing is lost", async () => {
  const of = (...texts: string[]) => ReadableStream.from(texts.map((text) => new TextEncoder().encode(text)));
  const { whole } = await beginningOf(of("ab", "cd"), 4);
  equal(new TextDecoder().decode(whole), "abcd");
  const { rest } = await beginningOf(of("ab", "cd", "ef"), 3);
  equal(await new Response(rest!).text(), "abcdef");
});
