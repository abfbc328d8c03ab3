/// <reference lib="dom" />
import assert from "node:assert/strict";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Download, Locator, Page } from "playwright-core";
import { z } from "zod";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver, Lost } from "../../lib/mod.ts";
import { browserTest, untilSo } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { ScriptedInstrument } from "../support/scripted_driver.ts";

/** An instrument with all that a page can meet: two channels of a unit, a waveform, a word, a loss; it then waits. */
const Meter = defineDriver({
  name: "Meter",
  sample: z.object({
    voltage: z.object({ in: z.number().meta({ unit: "V" }), out: z.number().meta({ unit: "V" }) }),
    wave: z.array(z.number().meta({ unit: "A" })),
    ok: z.boolean(),
  }),
  create: () => ({
    async *stream(signal: AbortSignal) {
      const wave = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i / 10));
      const sample = { voltage: { in: 5, out: 0.25 }, wave, ok: true };
      yield sample;
      yield new Lost(3);
      yield sample;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  }),
});

/** One that gives no samples. */
const Dial = defineDriver({ name: "Dial", create: () => ({}) });

/** Devices "daq1" and "daq2" on instruments that the test plays, "meter1" and "dial1", behind a real socket. */
async function serve() {
  const instruments = [new ScriptedInstrument(), new ScriptedInstrument()];
  const begin = async () => {
    const daemon = new LabDaemon();
    daemon.registerPlugins({ devices: { One: instruments[0].driver, Two: instruments[1].driver, Meter, Dial } });
    await daemon.addDevice("daq1", "One");
    await daemon.addDevice("daq2", "Two");
    await daemon.addDevice("meter1", "Meter");
    await daemon.addDevice("dial1", "Dial");
    await Promise.all(daemon.devices().map((device) => daemon.connectDevice(device)));
    return { daemon, app: createApp(daemon) };
  };
  let { daemon, app } = await begin();
  const served = serveApp(() => app);
  return {
    instruments,
    get daemon() {
      return daemon;
    },
    address: (devices: string) => `${served.origin}/#/plots?devices=${devices}`,
    goDown: served.goDown,
    comeBack: served.comeBack,
    /** Another life of the daemon, with another epoch. */
    async restart() {
      await served.goDown();
      await daemon.shutdown();
      ({ daemon, app } = await begin());
      served.comeBack();
    },
    async [Symbol.asyncDispose]() {
      await served.goDown();
      await daemon.shutdown();
    },
  };
}

const untilReaders = (page: Page, count: number) =>
  untilSo(page, async (count) => (await (await fetch("/devices/daq1")).json()).stream.readers === count, count);
const card = (page: Page, name: string | RegExp) => page.getByRole("region", { name });
const now = (card: Locator) => card.getByRole("cell").first();
const untilNow = (card: Locator, value: string) =>
  card.getByRole("row").filter({ hasText: new RegExp(`^\\s*value\\s*${value}\\b`) }).waitFor();
/** Waits until the newest value is that large. */
async function untilAtLeast(card: Locator, least: number): Promise<void> {
  while (!(parseFloat(await now(card).innerText()) >= least)) await card.page().waitForTimeout(50);
}

const missing = (page: Page) => page.getByRole("region", { name: "Missing samples" }).getByRole("listitem");

/** The requests for streams that a page has made. */
function streamsOf(page: Page): URL[] {
  const found: URL[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/stream") found.push(url);
  });
  return found;
}

const pictureOf = (card: Locator) =>
  card.locator("canvas").evaluateAll(([canvas]) => (canvas as HTMLCanvasElement).toDataURL());

/** Waits until something of this colour is drawn on a card's plot. */
async function untilDrawn(card: Locator, [red, green, blue]: number[]): Promise<void> {
  const canvas = card.locator("canvas");
  await canvas.waitFor();
  await canvas.evaluateAll(([canvas], [red, green, blue]) =>
    new Promise<void>((resolve, reject) => {
      const limit = performance.now() + 20_000;
      const look = () => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
        const isThere = data.some((_, i) =>
          i % 4 === 0 && data[i] === red && data[i + 1] === green && data[i + 2] === blue
        );
        if (isThere) resolve();
        else if (performance.now() > limit) reject(new Error(`nothing is drawn in ${red}, ${green}, ${blue}`));
        else setTimeout(look, 50);
      };
      look();
    }), [red, green, blue]);
}
/** In the light: of the first channel, of what is missing, and of a time of which nobody knows. */
const BLUE = [0x2a, 0x78, 0xd6];
const RED = [0xb3, 0x26, 0x1e];
const WARN = [0x8a, 0x52, 0x00];

/** What is saved when something is pressed. */
async function saved(page: Page, button: Locator): Promise<{ name: string; rows: string[][] }> {
  const downloaded: Promise<Download> = page.waitForEvent("download");
  await button.click();
  const download = await downloaded;
  const text = await Deno.readTextFile(await download.path());
  return { name: download.suggestedFilename(), rows: text.trimEnd().split("\n").map((line) => line.split(",")) };
}

const exported = (page: Page) => saved(page, page.getByRole("button", { name: "Export CSV" }));

browserTest(
  "several devices are plotted over one connection, each with its name, unit and newest value",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    server.instruments[0].push(1.5, 2.5);
    server.instruments[1].push(-7);
    await page.goto(server.address("daq1,daq2,meter1"));

    await untilNow(card(page, "daq1 · values"), "2.5");
    await untilNow(card(page, "daq2 · values"), "-7");
    assert.equal(await now(card(page, "meter1 · V")).innerText(), "5 V");
    assert.match(await card(page, "meter1 · states").innerText(), /ok\s+yes/);
    await untilDrawn(card(page, "daq1 · values"), BLUE);
    assert.match(await card(page, "daq1 · values").getByRole("img").getAttribute("aria-label") ?? "", /value 2\.5/);
    assert.equal(streams.length, 1);
    assert.equal(streams[0].searchParams.get("thin"), "minmax");
    assert.equal(server.daemon.getDevice("daq1").status().stream.readers, 1);

    await page.goto(server.address("").replace(/#.*/, "#/drivers"));
    await untilReaders(page, 0);
  },
);

browserTest("a gap is drawn and told: when, which device, how many, why", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  await missing(page).waitFor();
  assert.match(
    await missing(page).innerText(),
    /\d:\d\d.* (ms|s) meter1 3 samples missing: lost before the daemon received them$/,
  );
  await untilDrawn(card(page, "meter1 · V"), RED);
});

browserTest("a waveform is drawn over its index, with its number and time, and saved as it was sent", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  const wave = card(page, "meter1 · wave");
  const told = wave.getByText("Sample #4");
  await told.waitFor();
  assert.match(await told.innerText(), /^Sample #4 of .*: 100 points, from -0\.99\d+ A to 0\.99\d+ A$/);
  await untilDrawn(wave, BLUE);
  await wave.getByLabel("Draw the last").check();
  const { name, rows } = await saved(page, wave.getByRole("button", { name: "Save as CSV" }));
  assert.match(name, /^meter1-wave-\d{4}-\d\d-\d\dT[\d-]+Z\.csv$/);
  assert.deepEqual(rows[0], ["device_id", "sequence", "timestamp", "index", "wave [A]"]);
  assert.equal(rows.length, 1 + 2 * 100);
  assert.deepEqual(
    rows.slice(101).map((row) => Number(row[4])),
    Array.from({ length: 100 }, (_, i) => Math.sin(i / 10)),
  );
});

browserTest("channels are chosen by check boxes", async (page) => {
  await using server = await serve();
  await page.goto(server.address("meter1"));
  await page.locator("summary").filter({ hasText: "Channels of meter1: 2 of 3 drawn" }).click();
  await page.getByRole("checkbox", { name: "voltage.out" }).check();
  await page.getByRole("checkbox", { name: "wave" }).uncheck();
  await card(page, "meter1 · wave").waitFor({ state: "detached" });
  const rows = await card(page, "meter1 · V").getByRole("row").allInnerTexts();
  assert.deepEqual(rows.slice(1).map((row) => row.replace(/\s+/g, " ").trim()), [
    "voltage.in 5 V 5 V 5 V",
    "voltage.out 0.25 V 0.25 V 0.25 V",
  ]);
});

browserTest("a paused picture stands still while samples are collected, and goes on with all of them", async (page) => {
  await using server = await serve();
  server.instruments[0].push(1, 2);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "2");
  await untilDrawn(plot, BLUE);

  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText(/^Paused: .*go on being collected/).waitFor();
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  const before = await pictureOf(plot);
  server.instruments[0].push(30);
  await untilNow(plot, "30");
  assert.equal(await pictureOf(plot), before);
  assert.equal((await exported(page)).rows.length, 1 + 2);

  await page.getByRole("button", { name: "Back to now" }).click();
  await plot.getByRole("row").filter({ hasText: /30\s*1\s*30/ }).waitFor();
  assert.equal((await exported(page)).rows.length, 1 + 3);
});

browserTest("one zooms by dragging and by keys, in all plots together, and a double click goes back", async (page) => {
  await using server = await serve();
  server.instruments[0].push(1);
  server.instruments[1].push(2);
  await page.goto(server.address("daq1,daq2"));
  const plots = [card(page, "daq1 · values"), card(page, "daq2 · values")];
  for (const plot of plots) await untilDrawn(plot, BLUE);
  const over = plots[0].locator(".u-over");
  const box = (await over.boundingBox())!;

  // The left half, where nothing was measured yet.
  await page.mouse.move(box.x + 10, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 3, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.getByText(/^Paused/).waitFor();
  for (const plot of plots) await plot.getByRole("row").filter({ hasText: /value\s*\d\s*–\s*–/ }).waitFor();

  await over.dblclick();
  await page.getByText(/^Paused/).waitFor({ state: "hidden" });
  for (const plot of plots) await plot.getByRole("row").filter({ hasText: /value\s*(\d)\s*\1\s*\1/ }).waitFor();

  await plots[1].getByRole("group").focus();
  await page.keyboard.press("+");
  await page.getByText(/^Paused/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText(/^Paused/).waitFor({ state: "hidden" });
});

browserTest(
  "another time window goes on where the last stream was: nothing is missed, and nothing comes twice",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    const [instrument] = server.instruments;
    let value = 0;
    const timer = setInterval(() => instrument.push(value++), 5);
    try {
      await page.goto(server.address("daq1"));
      const plot = card(page, "daq1 · values");
      // There is a place to go on from when something has come.
      await untilAtLeast(plot, 1);
      for (const span of ["60", "10", "300"]) {
        const reopened = page.waitForRequest((request) => request.url().includes("since="));
        await page.getByLabel("Time window").selectOption(span);
        await reopened;
        await untilAtLeast(plot, value + 20);
      }
    } finally {
      clearInterval(timer);
    }
    await untilNow(card(page, "daq1 · values"), String(value - 1));
    const { name, rows: [head, ...rows] } = await exported(page);
    assert.match(name, /^daq1-thinned-.*\.csv$/);
    const column = (key: string) => rows.map((row) => Number(row[head.indexOf(key)]));
    const [sequences, skipped] = [column("sequence"), column("skipped")];
    assert.equal(sequences.at(-1), value - 1);
    sequences.forEach((sequence, i) => assert.equal(sequence - skipped[i], i === 0 ? 0 : sequences[i - 1] + 1));
    assert.deepEqual(column("value"), sequences);
    await page.getByText(/These are not all samples: \d+ more/).waitFor();
    assert.equal(streams.length, 4);
  },
);

browserTest(
  "a plot that is opened shows what was before, and a wider window as much as the daemon has",
  async (page) => {
    // Of what comes in now the daemon will say that it came long ago.
    const { now } = performance;
    let later = 0;
    performance.now = () => now.call(performance) + later;
    try {
      await using server = await serve();
      const daq1 = server.daemon.getDevice("daq1");
      await daq1.startStreaming();
      for (const minutes of [5, 1, 0]) {
        const { sequence } = daq1.status().stream;
        server.instruments[0].push(10 * minutes, 10 * minutes + 1);
        while (daq1.status().stream.sequence < sequence + 2) await new Promise((resolve) => setTimeout(resolve, 5));
        later += minutes === 5 ? 240_000 : minutes === 1 ? 60_000 : 0;
      }
      await page.goto(server.address("daq1"));
      const plot = card(page, "daq1 · values");
      await plot.getByRole("row").filter({ hasText: /^\s*value\s*1\s*0\s*1\b/ }).waitFor();
      for (const [span, largest] of [["120", 11], ["600", 51]]) {
        await page.getByLabel("Time window").selectOption(String(span));
        await plot.getByRole("row").filter({ hasText: new RegExp(`^\\s*value\\s*1\\s*0\\s*${largest}\\b`) }).waitFor();
      }
      server.instruments[0].push(7);
      await untilNow(plot, "7");
      const { rows: [head, ...rows] } = await exported(page);
      assert.deepEqual(rows.map((row) => row[head.indexOf("value")]), ["50", "51", "10", "11", "0", "1", "7"]);
      assert.equal(await missing(page).count(), 0);
    } finally {
      performance.now = now;
    }
  },
);

browserTest("a device that somebody stopped stays stopped when another time window is chosen", async (page) => {
  await using server = await serve();
  const streams = streamsOf(page);
  server.instruments[0].push(1);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "1");
  const daq1 = server.daemon.getDevice("daq1");
  await daq1.stopStreaming();
  await plot.getByText("Ready, not streaming.").waitFor();

  const reopened = page.waitForRequest((request) => request.url().includes("since="));
  await page.getByLabel("Time window").selectOption("300");
  await reopened;
  await untilReaders(page, 1);
  assert.equal(streams.length, 2);
  assert.equal(daq1.status().state, "connected");

  await daq1.startStreaming();
  server.instruments[0].push(2);
  await untilNow(plot, "2");
});

browserTest("a channel that appears while the picture is paused is drawn when it goes on", async (page) => {
  await using server = await serve();
  const [instrument] = server.instruments;
  instrument.push({ a: 1, b: null });
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await plot.getByRole("rowheader", { name: "a" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  instrument.push({ a: 2, b: 7 });
  await plot.getByRole("row").filter({ hasText: /^\s*b\s*7\s*–\s*–/ }).waitFor();
  await page.getByRole("button", { name: "Back to now" }).click();
  await plot.getByRole("row").filter({ hasText: /^\s*b\s*7\s*7\s*7/ }).waitFor();
});

browserTest(
  "after the daemon was away the plots go on, nothing is lost, and what was not known is told meanwhile",
  async (page) => {
    await using server = await serve();
    const [instrument] = server.instruments;
    instrument.push(1, 2);
    await page.goto(server.address("daq1"));
    const plot = card(page, "daq1 · values");
    await untilNow(plot, "2");

    await server.goDown();
    await plot.getByText("No connection").waitFor();
    await plot.getByText(/Nothing is known since .*; it was “Streaming”/).waitFor();
    server.comeBack();
    await plot.getByText("Streaming", { exact: true }).waitFor();
    instrument.push(3);
    await untilNow(plot, "3");
    const { rows: [head, ...rows] } = await exported(page);
    assert.deepEqual(rows.map((row) => [row[1], row[head.indexOf("value")]]), [["0", "1"], ["1", "2"], ["2", "3"]]);
    assert.equal(await missing(page).count(), 0);
  },
);

browserTest("what a device gave while the page was cut off is drawn when it is back", async (page) => {
  await using server = await serve();
  const [instrument] = server.instruments;
  const daq1 = server.daemon.getDevice("daq1");
  await daq1.startStreaming();
  instrument.push(0);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "0");

  await server.goDown();
  await plot.getByText("No connection").waitFor();
  for (let value = 1; value <= 100; value++) {
    instrument.push(value);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  server.comeBack();
  await untilNow(plot, "100");
  const { rows: [head, ...rows] } = await exported(page);
  const column = (key: string) => rows.map((row) => Number(row[head.indexOf(key)]));
  const [points, skipped] = [column("value"), column("skipped")];
  assert.ok(points.length > 20, `${points}`);
  points.forEach((point, i) => assert.equal(point - skipped[i], i === 0 ? 0 : points[i - 1] + 1));
  assert.equal(await missing(page).count(), 0);
});

browserTest("a proxy that answers for a daemon it cannot reach does not end the plots", async (page) => {
  await using server = await serve();
  const [instrument] = server.instruments;
  instrument.push(1);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "1");

  // A browser gives up for good on such an answer.
  let refused = 0;
  await page.route(/\/stream\?/, (route) => {
    if (refused++ < 2) return route.fulfill({ status: 502, body: "Bad Gateway" });
    return route.continue();
  });
  await server.goDown();
  server.comeBack();
  await plot.getByText("No connection").waitFor();
  instrument.push(2);
  await untilNow(plot, "2");
  await plot.getByText("Streaming", { exact: true }).waitFor();
  assert.equal(await missing(page).count(), 0);
});

browserTest("after the daemon was started anew the gap is marked, and data flow again", async (page) => {
  await using server = await serve();
  server.instruments[0].push(1, 2);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "2");

  await server.restart();
  await plot.getByText("Streaming", { exact: true }).waitFor();
  server.instruments[0].push(9);
  await untilNow(plot, "9");
  await missing(page).filter({ hasText: /, [\d.]+ s daq1 samples missing: the daemon was restarted/ }).waitFor();
  await untilDrawn(plot, RED);
  const { rows: [head, ...rows] } = await exported(page);
  assert.deepEqual(rows.map((row) => [row[1], row[3], row[head.indexOf("value")]]), [
    ["0", "0", "1"],
    ["1", "0", "2"],
    ["0", "", "9"],
  ]);
});

browserTest(
  "a device that fails does not look alive: its state and error stand on the plot, and go when it heals",
  async (page) => {
    await using server = await serve();
    const [instrument] = server.instruments;
    instrument.push(1);
    await page.goto(server.address("daq1,daq2"));
    const plot = card(page, "daq1 · values");
    await untilNow(plot, "1");

    instrument.next("connect", () => {
      throw new Error("the cable is not plugged in");
    });
    instrument.drop("the line broke");
    await plot.getByText("Trying again").waitFor();
    await plot.getByText(/the line broke|the cable is not plugged in/).waitFor();
    assert.equal(await card(page, /^daq2/).getByText("Streaming", { exact: true }).count(), 1);

    instrument.push(2);
    await untilNow(plot, "2");
    await plot.getByText("Streaming", { exact: true }).waitFor();
  },
);

browserTest(
  "a device that is not there is told, and keeps no other from being seen; once added it is plotted",
  async (page) => {
    await using server = await serve();
    server.instruments[0].push(1);
    await page.goto(server.address("daq1,new1"));
    await untilNow(card(page, "daq1 · values"), "1");
    await card(page, "new1").getByText("The daemon has no device of this name.").waitFor();

    await server.daemon.connectDevice(await server.daemon.addDevice("new1", "Meter"));
    await card(page, "new1 · V").getByRole("cell", { name: "5 V" }).first().waitFor();
    await server.daemon.removeDevice("new1");
    await card(page, "new1 · V").getByText("Not on the bench").waitFor();
  },
);

browserTest(
  "a device that is gone after the daemon was started anew keeps its unit, and says on its plot that it is not there",
  async (page) => {
    await using server = await serve();
    await server.daemon.connectDevice(await server.daemon.addDevice("new1", "Meter"));
    await page.goto(server.address("new1"));
    const plot = card(page, "new1 · V");
    await plot.getByRole("cell", { name: "5 V" }).first().waitFor();

    await server.restart();
    await plot.getByText("Not on the bench").waitFor();
    await untilDrawn(plot, WARN);
    assert.equal(await now(plot).innerText(), "5 V");
  },
);

browserTest(
  "which devices are plotted stands in the address, and a page with none starts no instrument",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    await page.goto(server.address("").replace(/\?.*/, ""));
    await page.getByText("Choose the devices that you want to see").waitFor();
    assert.equal(streams.length, 0);
    assert.equal(await page.getByRole("checkbox", { name: "dial1 Has no stream" }).isDisabled(), true);

    server.instruments[1].push(4);
    await page.getByRole("checkbox", { name: "daq2" }).check();
    await untilNow(card(page, "daq2 · values"), "4");
    assert.match(page.url(), /#\/plots\?devices=daq2$/);
    await page.getByRole("checkbox", { name: "daq1" }).check();
    await card(page, /^daq1/).waitFor();
    assert.match(page.url(), /devices=daq2%2Cdaq1$/);
    await page.goBack();
    await card(page, /^daq1/).waitFor({ state: "detached" });
  },
);

interface Axe {
  run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>;
}

browserTest(
  "the plots have no accessibility violations, light and dark, on a phone and on a wide screen",
  async (page) => {
    for (const [colorScheme, width] of [["light", 380], ["dark", 380], ["light", 1600], ["dark", 1600]] as const) {
      await using server = await serve();
      server.instruments[0].push(1, 2);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(server.address("daq1,meter1,nobody"));
      await missing(page).waitFor();
      await page.locator("summary").click();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html)}`);
      assert.deepEqual(found, [], `${colorScheme} ${width}`);
      const needed = await page.locator("body").evaluate((body: { scrollWidth: number }) => body.scrollWidth);
      assert.ok(needed <= width, `${needed} px on ${width}`);
    }
  },
);
