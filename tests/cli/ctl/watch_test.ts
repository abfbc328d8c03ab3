import { deepEqual, equal, match } from "node:assert/strict";
import { LabDaemon } from "../../../lib/daemon.ts";
import { createApp } from "../../../lib/http/app.ts";
import { ScriptedInstrument } from "../../support/scripted_driver.ts";
import { type FakeTime, fakeTime } from "../../support/time.ts";
import { settled } from "../../support/watch.ts";
import { type CtlOptions, type RunningCtl, startCtl } from "./ctl_bench.ts";

const terminal = { terminal: true };

/** A bench that can be shut down and started again, and a watcher. */
async function watched(time: FakeTime, args: string[] = [], options: CtlOptions = terminal) {
  const bench = await scripted();
  let app = bench.app.fetch;
  const running = startCtl({ fetch: (request) => app(request) }, ["watch", ...args], options);
  await settled();
  return {
    ...bench,
    ...running,
    /** Gives samples, one each 250 ms. */
    async push(...samples: unknown[]) {
      for (const sample of samples) {
        bench.instrument.push(sample);
        await settled();
        await time.tick(250);
      }
    },
    serve: (fetch: typeof app) => app = fetch,
  };
}

async function scripted() {
  const instrument = new ScriptedInstrument();
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Scripted: instrument.driver } });
  const device = await daemon.addDevice("daq1", "Scripted");
  await device.connect();
  return { instrument, daemon, device, app: createApp(daemon) };
}

async function end({ interrupt, code, daemon }: RunningCtl & { daemon: LabDaemon }): Promise<void> {
  interrupt();
  equal(await code, 130);
  await daemon.shutdown();
}

Deno.test("watch shows a device with its state, rate and a sparkline, and draws over what it drew", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  const { screen } = bench.out;

  await bench.push(0, 7, 3.5, { volts: 1, name: "x" });
  await bench.push({ volts: 2, name: "y" }, { volts: 1, name: "z" });

  const [head, device, ...channels] = screen.text.split("\n");
  match(head, /^http:\/\/127\.0\.0\.1:5000 {2}\d\d:\d\d:\d\d {2}1 device$/);
  match(device, /^daq1 {2}streaming {2}4\.00 Hz {2}#5$/);
  deepEqual(channels, ["  volts  1  ▁█▁", "  name   z"]);
  equal(screen.cursorShown, false);
  await end(bench);
});

Deno.test("watch asks for few samples, and the rate that it shows is the device's own", async () => {
  using time = fakeTime();
  const bench = await watched(time);

  for (let n = 0; n < 100; n++) {
    bench.instrument.push(n);
    await settled();
    await time.tick(25);
  }

  match(bench.out.screen.text, /streaming {2}(39\.\d|40\.0) Hz/);
  const { size } = new Set(bench.out.text.match(/#\d+/g));
  equal(size > 5 && size < 15, true, `it drew ${size} samples`);
  equal(bench.device.status().stream.readers, 1);
  await end(bench);
});

Deno.test("Ctrl-C restores the terminal: the cursor is shown, lines wrap, the last picture stays", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  await bench.push(1);

  await end(bench);

  const { screen } = bench.out;
  deepEqual([screen.cursorShown, screen.wraps], [true, true]);
  match(screen.text, /\n {2}value {2}1 {2}▄$/);
  equal(bench.out.text.endsWith("\x1b[?7h\x1b[?25h"), true);
});

Deno.test("an unknown device ends a watch with the daemon's message and a restored terminal", async () => {
  const { app, daemon } = await scripted();

  const { out, err, code } = startCtl(app, ["watch", "dag1"], terminal);

  equal(await code, 1);
  match(err.text, /^Cannot find device "dag1".* Did you mean daq1\?\n$/);
  deepEqual([out.screen.cursorShown, out.screen.wraps], [true, true]);
  await daemon.shutdown();
});

Deno.test("a device whose next sample is not due is not silent", async () => {
  using time = fakeTime();
  const bench = await watched(time, ["--max-rate", "0.2"]);

  await bench.push(1);
  await time.tick(5_000);

  equal(bench.out.screen.text.includes("silent"), false);
  await end(bench);
});

Deno.test("a failure is shown beside the device, and below with its time", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  await bench.push(1);

  // The pause before the next try is random: here it is longer than the test looks.
  const { random } = Math;
  using _random = { [Symbol.dispose]: () => void (Math.random = random) };
  Math.random = () => 0.9;
  bench.instrument.drop("the cable is out\x1b[2J");
  await settled();
  await time.tick(250);

  const { text } = bench.out.screen;
  match(text, /\ndaq1 {2}retrying {2}#0 {2}the cable is out·\[2J/);
  match(text, /\n\d\d:\d\d:\d\d {2}"daq1" failed \(instrument\): the cable is out·\[2J\n/);
  await end(bench);
});

Deno.test("a clock that is set makes no device silent, and its rate is measured again", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  await bench.push(0, 1, 2);
  time.setClock(Date.now() + 3 * 86_400_000);
  await time.tick(250);
  equal(bench.out.screen.text.includes("silent"), false);
  await bench.push(3, 4, 5);
  match(bench.out.screen.text, /\ndaq1 {2}streaming {2}4\.00 Hz {2}#5\n/);
  await end(bench);
});

Deno.test("a device without new samples is shown as silent", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  await bench.push(1, 2, 3);

  await time.tick(4_750);

  match(bench.out.screen.text, /\ndaq1 {2}streaming {2}4\.00 Hz {2}#2 {2}silent for 5 s\n/);
  await end(bench);
});

Deno.test("a waveform is shown by itself: its length, its range and its shape", async () => {
  using time = fakeTime();
  const bench = await watched(time);

  await bench.push(Array.from({ length: 8 }, (_, i) => i));

  match(bench.out.screen.text, /\n {2}value {2}\[8\] 0 … 7 {2}▁▂▃▄▅▆▇█$/);
  await end(bench);
});

Deno.test("devices that do not fit are counted, and the picture is not higher than the screen", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  bench.out.rows = 10;
  bench.out.columns = 60;

  await bench.push(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a_long_name_of_channel_${i}`, i])));
  await bench.push(0);
  await bench.push(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a_long_name_of_channel_${i}`, i])));

  const lines = bench.out.screen.text.split("\n");
  equal(lines.length, 9);
  match(lines[1], /43 more values$/);
  equal(lines.every((line) => [...line].length <= 60), true);
  await end(bench);
});

Deno.test("the loss and the return of the daemon are reported, and samples flow again", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  bench.out.columns = 120;
  await bench.push(1);

  bench.serve(() => Promise.reject(new TypeError("connection refused")));
  bench.app.close();
  await bench.daemon.shutdown();
  await settled();
  await time.tick(3_000);
  match(bench.out.screen.text, /^http:\/\/127\.0\.0\.1:5000 .* no connection for \d s: Cannot/);

  const next = await scripted();
  bench.serve(next.app.fetch);
  next.instrument.push(42);
  await time.tick(30_000);
  await settled();
  await time.tick(250);

  const { text } = bench.out.screen;
  match(text, /\n {2}value {2}42 /);
  match(text, /The daemon is back after \d+ s\n/);
  match(text, /"daq1" lost an unknown number of samples from #1 on: the daemon was restarted/);
  await end({ ...bench, daemon: next.daemon });
});

Deno.test("in a pipe, each device has a line a second, and messages go to standard error", async () => {
  using time = fakeTime();
  const bench = await watched(time, ["daq1"], {});

  await bench.push(1, 2, 3, 4, 5, 6, 7, 8);
  bench.instrument.drop("the cable is out");
  await settled();
  await time.tick(250);

  equal(bench.out.lines.length, 2);
  match(bench.out.lines[1], /^\d\d:\d\d:\d\d {2}daq1 {2}streaming {2}4\.00 Hz {2}#\d {2}value \d$/);
  match(bench.err.lines[0], /^"daq1" failed \(instrument\): the cable is out$/);
  equal(bench.out.text.includes("\x1b"), false);
  await end(bench);
});

Deno.test("a removed device leaves the picture with a message, and returns when it is added again", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  await bench.push(1);

  await bench.daemon.removeDevice("daq1");
  await settled();
  await time.tick(250);

  const { screen } = bench.out;
  match(screen.text, / 0 devices\n/);
  match(screen.text, /\n\d\d:\d\d:\d\d {2}"daq1" was removed$/);
  equal(/\ndaq1 /.test(screen.text), false);
  await (await bench.daemon.addDevice("daq1", "Scripted")).connect();
  await settled();
  await bench.push(2);
  await time.tick(250);
  match(screen.text, /\ndaq1 {2}streaming .*\n {2}value {2}2/);
  await end(bench);
});

/** Watches many devices, each with a value of its own, on a small screen. */
async function crowd(time: FakeTime, count: number, size: { rows: number; columns: number }) {
  const daemon = new LabDaemon();
  for (let n = 0; n < count; n++) {
    const instrument = new ScriptedInstrument();
    daemon.registerPlugins({ devices: { [`Scripted${n}`]: instrument.driver } });
    await (await daemon.addDevice(`dev${n}`, `Scripted${n}`)).connect();
    instrument.push(n + 0.125, n + 0.5);
  }
  const running = startCtl(createApp(daemon), ["watch"], terminal);
  Object.assign(running.out, size);
  await settled();
  for (let i = 0; i < 4; i++) {
    await time.tick(250);
    await settled();
  }
  return { ...running, daemon };
}

Deno.test("36 devices on 24 lines: the shown ones have their values, and the others are counted", async () => {
  using time = fakeTime();
  const bench = await crowd(time, 36, { rows: 24, columns: 80 });

  const lines = bench.out.screen.text.split("\n");
  equal(lines.length, 23);
  for (const [n, line] of lines.slice(1, -1).entries()) {
    match(line, new RegExp(`^dev${n} {2,3}streaming {2}(.* {2})?${n}\\.50000+$`));
  }
  equal(lines.at(-1), "… 15 more devices");
  await end(bench);
});

Deno.test("6 devices on a small terminal of 12 lines and 40 columns show their values", async () => {
  using time = fakeTime();
  const bench = await crowd(time, 6, { rows: 12, columns: 40 });

  const lines = bench.out.screen.text.split("\n").slice(1);
  equal(lines.length, 6);
  for (const [n, line] of lines.entries()) match(line, new RegExp(`^dev${n} {2}streaming {2}(.* {2})?${n}\\.50000+$`));
  await end(bench);
});

Deno.test("one value without room is counted as 1 more value", async () => {
  using time = fakeTime();
  const bench = await watched(time);
  bench.out.rows = 4;

  await bench.push(0, { a: 1, b: 2 });
  await time.tick(250);

  match(bench.out.screen.text, /\ndaq1 {2}streaming .* 1 more value\n {2}a {2}1/);
  await end(bench);
});

Deno.test("a large number is readable, and columns keep their place when its sign changes", async () => {
  using time = fakeTime();
  const bench = await watched(time);

  await bench.push(0, 10000000.1);
  await time.tick(250);
  match(bench.out.screen.text, /\n {2}value {2}10000000 {2}\S/);

  const places: number[] = [];
  for (const value of [-1.5, 0.001234567891, 2.25, 3]) {
    await bench.push(value);
    await time.tick(250);
    const line = bench.out.screen.lines.find((line) => line.startsWith("  value"))!;
    places.push(line.search(/[▁▂▃▄▅▆▇█]/));
  }
  deepEqual(places.slice(1), [places[1], places[1], places[1]]);
  await end(bench);
});
