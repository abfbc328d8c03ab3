/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { calm, card, exported, missing, RED, serve, untilDrawn, untilNow } from "./plots_bench.ts";

browserTest(
  "after an outage the plots continue without a loss, and during it they show its start",
  async (page) => {
    await using server = await serve();
    await calm(page);
    const [instrument] = server.instruments;
    instrument.push(1, 2);
    await page.goto(server.address("daq1"));
    const plot = card(page, "daq1 · values");
    await untilNow(plot, "2");

    await server.goDown();
    await plot.getByText("No connection").waitFor();
    await plot.getByText(/Nothing is known since .*; it was “Streaming”/).waitFor();
    await server.comeBack();
    await plot.getByText("Streaming", { exact: true }).waitFor();
    instrument.push(3);
    await untilNow(plot, "3");
    const { rows: [head, ...rows] } = await exported(page);
    assert.deepEqual(rows.map((row) => [row[1], row[head.indexOf("value")]]), [["0", "1"], ["1", "2"], ["2", "3"]]);
    assert.equal(await missing(page).count(), 0);
  },
);

browserTest("samples from an outage are drawn after the reconnect", async (page) => {
  await using server = await serve();
  const [instrument] = server.instruments;
  const daq1 = server.daemon.getDevice("daq1");
  await daq1.startStreaming();
  instrument.push(0);
  await calm(page);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "0");

  await server.goDown();
  await plot.getByText("No connection").waitFor();
  for (let value = 1; value <= 100; value++) {
    instrument.push(value);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await server.comeBack();
  await untilNow(plot, "100");
  const { rows: [head, ...rows] } = await exported(page);
  const column = (key: string) => rows.map((row) => Number(row[head.indexOf(key)]));
  const [points, skipped] = [column("value"), column("skipped")];
  assert.ok(points.length > 20, `${points}`);
  points.forEach((point, i) => assert.equal(point - skipped[i], i === 0 ? 0 : points[i - 1] + 1));
  assert.equal(await missing(page).count(), 0);
});

browserTest("an error answer of a proxy does not end the plots", async (page) => {
  await using server = await serve();
  await calm(page);
  const [instrument] = server.instruments;
  instrument.push(1);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "1");

  let refused = 0;
  await page.route(/\/stream\?/, (route) => {
    if (refused++ < 2) return route.fulfill({ status: 502, body: "Bad Gateway" });
    return route.continue();
  });
  await server.goDown();
  await server.comeBack();
  await plot.getByText("No connection").waitFor();
  instrument.push(2);
  await untilNow(plot, "2");
  await plot.getByText("Streaming", { exact: true }).waitFor();
  assert.equal(await missing(page).count(), 0);
});

browserTest("after a restart of the daemon the gap is marked, and samples arrive again", async (page) => {
  await using server = await serve();
  server.instruments[0].push(1, 2);
  await calm(page);
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  await untilNow(plot, "2");

  await server.restart();
  await plot.getByText("Streaming", { exact: true }).waitFor();
  server.instruments[0].push(9);
  await untilNow(plot, "9");
  await missing(page).filter({ hasText: /, [\d.]+ m?s daq1 samples missing: the daemon was restarted/ }).waitFor();
  await untilDrawn(plot, RED);
  const { rows: [head, ...rows] } = await exported(page);
  assert.deepEqual(rows.map((row) => [row[1], row[3], row[head.indexOf("value")]]), [
    ["0", "0", "1"],
    ["1", "0", "2"],
    ["0", "", "9"],
  ]);
});
