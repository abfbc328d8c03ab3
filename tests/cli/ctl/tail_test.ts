import { deepEqual, equal, match, ok } from "node:assert/strict";
import { fakeTime, setClock } from "../../support/time.ts";
import { settled } from "../../support/watch.ts";
import { type WebBench, webBench } from "../../support/web_bench.ts";
import { ctl, type RunningCtl, startCtl } from "./ctl_bench.ts";

/** Tails the scripted device, which is connected. */
async function tail(bench: WebBench, ...args: string[]): Promise<RunningCtl> {
  await bench.device.connect();
  return startCtl(bench.app, ["tail", "daq1", ...args]);
}

Deno.test("tail prints each sample as it is on the wire, one a line, and nothing else", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench, "--count", "3");

  bench.instrument.push(0, null, { a: [1, "x"] });

  equal(await code, 0);
  const lines = out.lines.map((line) => JSON.parse(line));
  deepEqual(lines.map(({ event, sequence, payload }) => [event, sequence, payload]), [
    ["device_data", 0, 0],
    ["device_data", 1, null],
    ["device_data", 2, { a: [1, "x"] }],
  ]);
  deepEqual([lines.length, err.text], [3, ""]);
});

Deno.test("options shape the stream by the driver's schema", async () => {
  await using bench = await webBench();
  const { code } = await tail(bench, "sample_rate=100", "channel=7", "--count=1");

  bench.instrument.push(0);

  equal(await code, 0);
  deepEqual(bench.instrument.runs, [{ sample_rate: 100, channel: "7" }]);
});

Deno.test("options that a running stream does not have are reported, with those that it has", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await bench.device.startStreaming();
  const { err, code } = await tail(bench, "sample_rate=100", "--count=1");

  bench.instrument.push(0);

  equal(await code, 0);
  equal(err.text, '"daq1" streams with other options: {"sample_rate":10,"channel":"x"}\n');
});

Deno.test("a wrong option and an unknown id are refused with the daemon's message", async () => {
  await using bench = await webBench();
  const option = await tail(bench, "sample_rat=100");
  const id = await tail(bench, "--since", "yesterday");

  deepEqual([await option.code, await id.code], [1, 1]);
  match(option.err.text, /unknown key; did you mean sample_rate\? Known keys are sample_rate, channel\n$/);
  match(id.err.text, /^Cannot resume behind "yesterday"/);
});

Deno.test("with --past, a tail begins with earlier samples", async () => {
  await using bench = await webBench({ streaming: "always" });
  await bench.device.connect();
  bench.instrument.push("before");
  await bench.watch.sample();
  const { out, code } = await tail(bench, "--past", "5min", "--count", "2");

  bench.instrument.push("after");

  equal(await code, 0);
  deepEqual(out.lines.map((line) => JSON.parse(line).payload), ["before", "after"]);
});

Deno.test("a failure and the recovery are reported on standard error, each once", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  const { out, err, code } = await tail(bench, "--count", "2");
  const pass = async (ms: number) => {
    await settled();
    await time.tick(ms);
    await settled();
  };
  bench.instrument.push("before");
  await pass(100);

  bench.instrument.drop("the cable is out");
  await pass(10);
  bench.instrument.push("after");
  await pass(30_000);

  equal(await code, 0);
  deepEqual(out.lines.map((line) => JSON.parse(line).payload), ["before", "after"]);
  match(err.lines[0], /^"daq1" failed \(instrument\): the cable is out$/);
  match(err.lines[1], /^"daq1" is retrying, next try in \d\.\d s$/);
  deepEqual(err.lines.slice(2), ['"daq1" is connected', '"daq1" is streaming']);
});

Deno.test("with --events, states and gaps are lines too; without, a gap is reported on standard error", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench, "--events", "--since", "another-7", "--count", "1");

  bench.instrument.push(0);

  equal(await code, 0);
  const events = out.lines.map((line) => JSON.parse(line));
  deepEqual(events.map(({ event }) => event).filter((event) => event !== "device_state"), ["gap", "device_data"]);
  equal(err.text, '"daq1" lost an unknown number of samples from #8 on: the daemon was restarted\n');
});

Deno.test("as CSV, the unknown loss of a restart is an empty cell beside the first sample after it", async () => {
  await using bench = await webBench();
  const { out, code } = await tail(bench, "--format", "csv", "--since", "another-7", "--count", "2");

  bench.instrument.push({ a: 1, b: "x,y" }, { a: 2, b: "" });

  equal(await code, 0);
  const [header, ...rows] = out.lines;
  equal(header, "device_id,sequence,timestamp,lost,a,b");
  match(rows[0], /^daq1,0,2\d{3}-\S+Z,,1,"x,y"$/);
  match(rows[1], /^daq1,1,2\d{3}-\S+Z,0,2,""$/);
});

Deno.test("as CSV, a text of a device is no live formula in a spreadsheet, and its numbers stay numbers", async () => {
  await using bench = await webBench();
  const { out, code } = await tail(bench, "--format", "csv", "--count", "1");

  bench.instrument.push({ "=cmd": '=HYPERLINK("http://evil.example")', volts: -1.5, "@x": "-1" });

  equal(await code, 0);
  equal(out.lines[0], "device_id,sequence,timestamp,lost,'=cmd,volts,'@x");
  match(out.lines[1], /,0,"'=HYPERLINK\(""http:\/\/evil\.example""\)",-1\.5,'-1$/);
});

Deno.test("--bom begins the CSV with one byte order mark, without it a pipe has none", async () => {
  await using bench = await webBench();
  const plain = await tail(bench, "--format", "csv", "--count", "2");
  const marked = await tail(bench, "--format", "csv", "--bom", "--count", "2");

  bench.instrument.push({ unit: "°C" }, { unit: "°F" });

  deepEqual([await plain.code, await marked.code], [0, 0]);
  ok(plain.out.text.startsWith("device_id,"));
  equal(marked.out.text, `\uFEFF${plain.out.text}`);
});

Deno.test("a value that the first sample did not have is reported once", async () => {
  await using bench = await webBench();
  const { err, code } = await tail(bench, "--format", "csv", "--count", "3");

  bench.instrument.push({ a: 1 }, { a: 1, b: 2 }, { a: 1, b: 3 });

  equal(await code, 0);
  equal(err.text, "The table has no column for b: the first sample had none\n");
});

Deno.test("the removal of the device ends a tail with code 1 and a message", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench, "--events");
  bench.instrument.push(1);
  await out.until(({ text }) => text.includes("device_data"));

  await bench.ask("DELETE /devices/daq1");

  equal(await code, 1);
  deepEqual(err.lines, ['"daq1" is disconnected', '"daq1" was removed']);
  deepEqual(JSON.parse(out.lines.at(-1)!).reason, "removed");
});

Deno.test("a tail waits for a daemon that ended", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  const { err, code, interrupt } = await tail(bench);
  await settled();

  await bench.daemon.shutdown();
  await settled();
  await time.tick(1);
  await settled();

  match(err.text, /the server ended it; trying again in \d\.\d s\n$/);
  equal(err.text.includes("removed"), false);
  interrupt();
  equal(await code, 130);
});

Deno.test("a tail of a disabled device shows how to enable it", async () => {
  await using bench = await webBench();
  await bench.device.disable();
  const { err, interrupt, code } = startCtl(bench.app, ["tail", "daq1"]);
  await err.until(({ lines }) => lines.length === 2);

  deepEqual(err.lines, ['"daq1" is disabled; enable it: deno task ctl enable daq1', '"daq1" is disconnected']);
  interrupt();
  equal(await code, 130);
});

Deno.test("a tail tries to reconnect at least every 5 s", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  let app: typeof bench.app.fetch = bench.app.fetch;
  let asked = 0;
  const fetch = (request: Request) => (asked++, app(request));
  const { code, interrupt } = startCtl({ fetch }, ["tail", "daq1"]);
  await settled();
  app = () => Promise.reject(new TypeError("connection refused"));
  bench.app.close();
  await settled();
  await time.tick(60_000);

  const before = asked;
  await time.tick(60_000);
  equal(asked - before >= 12, true, `${asked - before} times in a minute`);
  interrupt();
  equal(await code, 130);
});

Deno.test("--duration ends a tail, also of a silent device", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  const { code } = await tail(bench, "--duration", "5s");
  await settled();

  await time.tick(5_000);

  equal(await code, 0);
  equal(bench.device.status().stream.readers, 0);
});

Deno.test("Ctrl-C ends a tail with code 130 and all that came before", async () => {
  await using bench = await webBench();
  const { out, err, code, interrupt } = await tail(bench);
  bench.instrument.push(1, 2);
  await out.until(({ lines }) => lines.length === 2);

  interrupt();

  deepEqual([await code, out.lines.length, err.text], [130, 2, ""]);
});

Deno.test("Ctrl-C also ends a command that waits for an answer", async () => {
  const running = startCtl({ fetch: () => new Promise<Response>(() => {}) }, ["list"]);

  running.interrupt();

  deepEqual([await running.code, running.err.text], [130, ""]);
});

Deno.test("a closed pipe ends a tail without a message, with code 0", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench);
  bench.instrument.push(1);
  await out.until(({ lines }) => lines.length === 1);

  out.failure = new Deno.errors.BrokenPipe();
  bench.instrument.push(2);

  deepEqual([await code, out.lines.length, err.text], [0, 1, ""]);
});

Deno.test("a full disk ends a tail with code 1 and a message", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench);
  out.failure = new Error("No space left on device (os error 28)");
  bench.instrument.push(1);

  equal(await code, 1);
  equal(err.text, "Cannot write to standard output: No space left on device (os error 28)\n");
});

Deno.test("a tail for weeks does not end at once", async () => {
  await using bench = await webBench();
  const { out, code } = await tail(bench, "--duration", "999h", "--count", "1");
  bench.instrument.push(1);

  deepEqual([await code, out.lines.length], [0, 1]);
});

Deno.test("a sample cannot control the terminal", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const running = ctl(bench.app, ["tail", "daq1", "--count", "1"], { terminal: true });

  bench.instrument.push("\u009b2J");

  match((await running).out, /"payload":"·2J"\}\n$/);
  bench.instrument.push("a\nb");
  const csv = await ctl(bench.app, ["tail", "daq1", "--format", "csv", "--count", "1"], { terminal: true });
  match(csv.out, /^device_id,.*,value\ndaq1,.*,"a\nb"\n$/);
});

Deno.test("a clock that is set is reported once, and every sample is printed", async () => {
  await using bench = await webBench();
  const { out, err, code } = await tail(bench, "--count", "2");
  bench.instrument.push(1);
  await out.until(({ lines }) => lines.length === 1);
  using _clock = setClock(3 * 86_400_000);
  bench.instrument.push(2);
  equal(await code, 0);
  deepEqual([out.lines.length, err.text], [2, 'The clock of "daq1" was set forward by 3 d\n']);
});
