import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Exposition } from "../../lib/http/metrics/exposition.ts";
import { fail, held } from "../support/scripted_driver.ts";
import { fakeTime } from "../support/time.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

/** The values of the metrics, by name and labels as written. */
async function metricsOf(bench: WebBench): Promise<Record<string, number>> {
  const { status, headers, text } = await bench.ask("GET /metrics");
  equal([status, headers.get("content-type")], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  const lines = text.trimEnd().split("\n").filter((line) => !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

Deno.test("/metrics has the states, samples, losses and readers of the devices", async () => {
  await using bench = await webBench();
  const before = await metricsOf(bench);
  equal(before['labdaemon_devices{state="disconnected"}'], 1);
  equal(before['labdaemon_device_connected{device="daq1"}'], 0);

  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  await reader.state("streaming");
  bench.instrument.push(1);
  await reader.sample();
  bench.device.log.lose(5);
  const after = await metricsOf(bench);
  equal(after['labdaemon_devices{state="streaming"}'], 1);
  equal(after['labdaemon_device_info{device="daq1",type="Scripted",state="streaming"}'], 1);
  equal(after['labdaemon_device_connected{device="daq1"}'], 1);
  equal(after['labdaemon_device_samples_total{device="daq1"}'], 5);
  equal(after['labdaemon_device_lost_samples_total{device="daq1"}'], 4);
  equal(after['labdaemon_device_gaps_total{device="daq1"}'], 1);
  equal(after['labdaemon_device_readers{device="daq1"}'], 1);
  equal(after["labdaemon_open_streams"], 1);
  ok(
    after['labdaemon_device_stream_bytes_total{device="daq1"}'] >
      before['labdaemon_device_stream_bytes_total{device="daq1"}'],
  );
});

Deno.test("/metrics counts the gaps of a reader that is too slow for the ring", async () => {
  await using bench = await webBench({ ring: { maxBytes: 2_000 } });
  const cursor = bench.device.log.cursor();
  bench.device.log.lose(10);
  for (let i = 0; i < 40; i++) bench.device.log.notify(new Uint8Array(100));
  bench.device.log.lose(20);
  for (let i = 0; i < 40; i++) bench.device.log.notify(new Uint8Array(100));
  while (cursor.next());
  equal((await metricsOf(bench))['labdaemon_device_reader_gaps_total{device="daq1"}'], 1);
});

Deno.test("/metrics has the calls of a device: those that run, their age, and how long the others took", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("no"));
  await bench.ask("POST /devices/daq1/call", { method: "work" });
  const moving = held();
  bench.instrument.next("work", moving.step);
  const call = bench.ask("POST /devices/daq1/call", { method: "work" });
  await time.tick(2_000);
  const during = await metricsOf(bench);
  equal(during['labdaemon_device_calls_running{device="daq1"}'], 1);
  equal(during['labdaemon_device_oldest_call_seconds{device="daq1"}'], 2);
  equal(during['labdaemon_device_calls_failed_total{device="daq1"}'], 1);
  moving.release(null);
  await call;
  const after = await metricsOf(bench);
  equal(after['labdaemon_device_calls_running{device="daq1"}'], 0);
  equal(after['labdaemon_device_call_duration_seconds_count{device="daq1"}'], 2);
  equal(after['labdaemon_device_call_duration_seconds_sum{device="daq1"}'], 2);
  equal(after['labdaemon_device_call_duration_seconds_bucket{device="daq1",le="1"}'], 1);
  equal(after['labdaemon_device_call_duration_seconds_bucket{device="daq1",le="2.5"}'], 2);
});

Deno.test("/metrics counts requests by route: made-up paths and methods make no new series", async () => {
  await using bench = await webBench();
  await bench.ask("GET /devices/daq1");
  await bench.ask("GET /devices/other");
  for (let i = 0; i < 20; i++) await bench.ask(`GET /made-up/${i}`);
  for (const method of ["BREW", "STIR"]) await bench.ask(`${method} /devices`);
  const metrics = await metricsOf(bench);
  equal(metrics['labdaemon_http_requests_total{method="GET",route="/devices/:device_id",status="200"}'], 1);
  equal(metrics['labdaemon_http_requests_total{method="GET",route="/devices/:device_id",status="404"}'], 1);
  equal(metrics['labdaemon_http_requests_total{method="GET",route="unknown",status="404"}'], 20);
  equal(metrics['labdaemon_http_requests_total{method="other",route="unknown",status="405"}'], 2);
  equal(metrics['labdaemon_http_request_duration_seconds_count{method="GET",route="/devices/:device_id"}'], 2);
});

Deno.test("/metrics shows that the event loop was late", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await metricsOf(bench);
  time.jump(1_000);
  equal((await metricsOf(bench))["labdaemon_event_loop_delay_max_seconds"], 0.75);
});

Deno.test("the value of a label is escaped", () => {
  const text = new Exposition();
  text.gauge("odd", "A gauge.", [[1, { name: 'a "b" \\ c\nd' }]]);
  match(text.toString(), /^odd\{name="a \\"b\\" \\\\ c\\nd"\} 1$/m);
});

Deno.test("docs/monitoring.md lists every metric, and the dashboard for Grafana uses no other", async () => {
  const connections = { count: 3, countOfClient: 2, limits: { all: 10, ofClient: 5 } };
  await using bench = await webBench({}, { host: "127.0.0.1", connections });
  await bench.ask("GET /health");
  const { text } = await bench.ask("GET /metrics");
  for (const [name, value] of [["open", 3], ["max", 10], ["client_open", 2], ["client_max", 5]]) {
    match(text, new RegExp(`^labdaemon_${name}_connections ${value}$`, "m"));
  }
  const known = new Set(text.matchAll(/^# TYPE (\w+) /gm).map(([, name]) => name));
  // A device without calls, or without a process, has none of these.
  for (const name of ["call_duration_seconds", "process_memory_bytes", "process_cpu_cores"]) {
    known.add(`labdaemon_device_${name}`);
  }
  // Unknown before anything is recorded.
  known.add("labdaemon_recordings_free_bytes");
  const documented = (await Deno.readTextFile("docs/monitoring.md")).matchAll(/^\| `(\w+)` /gm).map(([, name]) => name);
  equal([...documented].sort(), [...known].sort());
  const dashboard = await Deno.readTextFile("deploy/grafana/labdaemon.json");
  const used = dashboard.matchAll(/\b(labdaemon|process)_\w+/g).map(([name]) => name.replace(/_bucket$/, ""));
  for (const name of used) ok(known.has(name), name);
});
