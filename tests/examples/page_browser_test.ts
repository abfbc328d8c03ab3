/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { createApp } from "../../lib/http/app.ts";
import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, every, Lost } from "../../lib/mod.ts";
import { browserTest, untilSo } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { until } from "../support/until.ts";

/** The global of the page. */
declare global {
  var consumer: { dataBuffer: { sequence: number; timestamp: string; value: unknown }[]; stop(): unknown[] };
}

/** Numbers with and without a unit, a waveform, a text, null, and lost samples. */
const Meter = defineDriver({
  name: "Meter",
  sample: z.object({ voltage: z.object({ in: z.number().meta({ unit: "V" }), out: z.number().meta({ unit: "V" }) }) }),
  create: () => ({
    async *stream(signal: AbortSignal) {
      const wave = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i / 10));
      const sample = { voltage: { in: 5, out: 0.25 }, wave, count: 20_000, note: "fine", broken: NaN };
      yield sample;
      yield new Lost(3);
      for await (const _ of every(20, signal)) yield sample;
    },
  }),
});

/** Devices behind a real socket: "daq1", with the shipped driver, and "meter1". */
async function serve() {
  // Each driver file of a folder costs a process.
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(new URL("../../drivers/streaming_daq.ts", import.meta.url), `${folder}/streaming_daq.ts`);
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Meter } });
  await daemon.loadDrivers(folder);
  await daemon.addDevice("daq1", "StreamingDAQ");
  await daemon.addDevice("meter1", "Meter");
  await Promise.all(daemon.devices().map((device) => device.connect()));

  const app = createApp(daemon);
  const served = serveApp(() => app);
  return {
    daemon,
    ...served,
    async [Symbol.asyncDispose]() {
      await served.goDown();
      await daemon.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const buffer = (page: Page) => page.evaluate(() => globalThis.consumer.dataBuffer);
const untilSamples = (page: Page, count: number) =>
  untilSo(page, (count) => globalThis.consumer?.dataBuffer.length >= count, count);
const untilReaders = (page: Page, count: number) =>
  untilSo(page, async (count) => (await (await fetch("/devices/daq1")).json()).stream.readers === count, count);
const untilState = (page: Page, words: RegExp) => page.getByRole("status").filter({ hasText: words }).waitFor();

/** The number of plots with a line of this colour. */
const plotsWith = (page: Page, color: number[]) =>
  page.locator("canvas").evaluateAll(
    (canvases, [red, green, blue]) =>
      (canvases as HTMLCanvasElement[]).filter((canvas) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        return data.some((_, i) => i % 4 === 0 && data[i] === red && data[i + 1] === green && data[i + 2] === blue);
      }).length,
    color,
  );
/** The colour of the line. */
const BLUE = [0x2a, 0x78, 0xd6];

/** Waits for the frame in which the line is drawn. */
async function untilPlotted(page: Page): Promise<void> {
  await until("the line is drawn", async () => await plotsWith(page, BLUE) === 1);
}

browserTest("examples/browser.html plots the samples, with requests to the daemon only", async (page) => {
  await using server = await serve();
  const origins = new Set<string>();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));

  await page.goto(`${server.origin}/examples/browser.html`);
  await untilSamples(page, 5);

  const samples = await buffer(page);
  assert.deepEqual(samples.map(({ sequence }) => sequence), samples.map((_, index) => index));
  assert.equal(samples.every(({ value }) => typeof value === "number" && value >= 0 && value <= 10), true);
  await untilState(page, /^streaming$/);
  await page.locator("#sequence").filter({ hasText: /[4-9]/ }).waitFor();
  assert.equal(await page.locator("#device").inputValue(), "daq1");
  assert.match(await page.locator("#value").innerText(), /^[\d.]+ V$/);
  await untilPlotted(page);
  assert.deepEqual([...origins].filter((origin) => origin !== "null"), [server.origin]);
});

browserTest(
  "examples/browser.html stops and starts by its buttons, and a stopped page is not a reader",
  async (page) => {
    await using server = await serve();
    const readers = () => server.daemon.getDevice("daq1").status().stream.readers;
    await page.goto(`${server.origin}/examples/browser.html?device=daq1`);
    await untilSamples(page, 2);
    assert.equal(readers(), 1);

    await page.getByRole("button", { name: "Stop" }).click();
    await untilState(page, /^Stopped/);
    await untilReaders(page, 0);
    const { length } = await buffer(page);
    await page.getByRole("button", { name: "Start" }).click();
    await untilSamples(page, 2);

    assert.ok(length >= 2);
    assert.equal(readers(), 1);
  },
);

browserTest("examples/browser.html resumes without loss after the daemon was away", async (page) => {
  await using server = await serve();
  await page.goto(`${server.origin}/examples/browser.html?device=daq1`);
  await untilSamples(page, 2);

  await server.goDown();
  await untilState(page, /reconnecting/);
  const { length } = await buffer(page);
  await server.comeBack();
  await untilSamples(page, length + 2);

  await untilState(page, /^streaming$/);
  const samples = await buffer(page);
  assert.deepEqual(samples.map(({ sequence }) => sequence), samples.map((_, index) => index));
});

browserTest(
  "examples/browser.html offers a channel for each number and waveform, and plots the chosen one",
  async (page) => {
    await using server = await serve();
    await page.goto(`${server.origin}/examples/browser.html?device=meter1`);
    await page.locator("#sequence").filter({ hasText: /\d/ }).waitFor();
    const channel = page.getByLabel("Channel");
    const titles = () => page.locator(".u-title").allInnerTexts();

    assert.deepEqual(await channel.locator("option").allInnerTexts(), ["voltage.in", "voltage.out", "wave", "count"]);
    assert.deepEqual(await titles(), ["voltage.in"]);
    for (
      const [name, value] of [["voltage.in", "5 V"], ["voltage.out", "0.25 V"], ["wave", "100 points"], [
        "count",
        "20000",
      ]]
    ) {
      await channel.selectOption(name);
      await page.locator("#value").filter({ hasText: RegExp(`^${value}$`) }).waitFor();
      assert.deepEqual(await titles(), [name]);
      assert.equal(await plotsWith(page, BLUE), 1);
    }
  },
);

browserTest("examples/browser.html lists each gap with its count and reason", async (page) => {
  await using server = await serve();
  await page.goto(`${server.origin}/examples/browser.html?device=meter1`);
  await untilSamples(page, 3);

  const gaps = await page.locator("#gaps li").allInnerTexts();
  assert.equal(gaps.length, 1);
  assert.equal(gaps[0], "Lost 3 (#1 to #3): lost before they reached the daemon");
  await page.locator("#lost").filter({ hasText: /^3$/ }).waitFor();
});

browserTest("examples/browser.html opened as a file links to the address to open", async (page) => {
  await page.goto(new URL("../../examples/browser.html", import.meta.url).href);
  await untilState(page, /cannot reach a daemon/);
  assert.equal(await page.getByRole("link", { name: "http://127.0.0.1:5000/" }).isVisible(), true);
});

browserTest("examples/browser.html reports an unknown device in its address, and shows no other one", async (page) => {
  await using served = await serve();
  await page.goto(`${served.origin}/examples/browser.html?device=dag1`);
  await page.getByText("There is no device “dag1”").waitFor();
  assert.equal(await page.evaluate(() => globalThis.consumer), undefined);

  await page.getByLabel("Device").selectOption("daq1");
  await untilSamples(page, 1);
});
