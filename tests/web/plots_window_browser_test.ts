/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import {
  BLUE,
  card,
  exported,
  missing,
  pictureOf,
  serve,
  stillPictureOf,
  streamsOf,
  untilAtLeast,
  untilDrawn,
  untilNow,
  untilReaders,
} from "./plots_bench.ts";
import { until } from "../support/until.ts";

browserTest("a paused plot stands still while samples are collected, and continues with all of them", async (page) => {
  await using server = await serve();
  server.instruments[0].push(1, 2);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "2");
  await untilDrawn(plot, BLUE);

  // What was before the page's samples is drawn as soon as the daemon has answered.
  const past = page.waitForResponse(/\/devices\/daq1\/history/);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText(/^Paused: .*Samples are still collected/).waitFor();
  await (await past).finished();
  const before = await stillPictureOf(plot);
  server.instruments[0].push(30);
  await untilNow(plot, "30");
  assert.equal(await pictureOf(plot), before);
  assert.equal((await exported(page)).rows.length, 1 + 2);

  await page.getByRole("button", { name: "Live" }).click();
  await plot.getByRole("row").filter({ hasText: /30\s*1\s*30/ }).waitFor();
  assert.equal((await exported(page)).rows.length, 1 + 3);
});

browserTest("dragging and keys zoom all plots, and a double click goes back", async (page) => {
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

  await plots[1].getByRole("group", { name: /arrow and page keys/ }).focus();
  await page.keyboard.press("+");
  await page.getByText(/^Paused/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText(/^Paused/).waitFor({ state: "hidden" });
});

browserTest(
  "another time window resumes the stream: no sample is missed, and none arrives twice",
  async (page) => {
    await using server = await serve();
    const streams = streamsOf(page);
    const [instrument] = server.instruments;
    let value = 0;
    const timer = setInterval(() => instrument.push(value++), 5);
    try {
      await page.goto(server.address("daq1"));
      const plot = card(page, "daq1 · values");
      // There is a place to resume from when something has come.
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
  "a new plot shows the past, and a wider window as much as the daemon has",
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
        await until("two samples are there", () => daq1.status().stream.sequence >= sequence + 2);
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

browserTest("a stopped device stays stopped when another time window is chosen", async (page) => {
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

browserTest("a channel that appears during a pause is drawn after it", async (page) => {
  await using server = await serve();
  const [instrument] = server.instruments;
  instrument.push({ a: 1, b: null });
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await plot.getByRole("rowheader", { name: "a" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  instrument.push({ a: 2, b: 7 });
  await plot.getByRole("row").filter({ hasText: /^\s*b\s*7\s*–\s*–/ }).waitFor();
  await page.getByRole("button", { name: "Live" }).click();
  await plot.getByRole("row").filter({ hasText: /^\s*b\s*7\s*7\s*7/ }).waitFor();
});
