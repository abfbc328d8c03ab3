/// <reference lib="dom" />
import assert from "node:assert/strict";
import { defineDriver } from "../../lib/mod.ts";
import { browserTest } from "../support/chromium.ts";
import { setClock } from "../support/time.ts";
import { card, exported, missing, serve, untilNow } from "./plots_bench.ts";

browserTest("a clock that is set by three days is a note, and no line, no gap and no lost sample", async (page) => {
  await using server = await serve();
  await page.goto(server.address("daq1"));
  const plot = card(page, "daq1 · values");
  for (const value of [1, 2]) server.instruments[0].push(value);
  await untilNow(plot, "2");
  using _clock = setClock(3 * 86_400_000);
  for (const value of [3, 4]) server.instruments[0].push(value);
  await untilNow(plot, "4");
  assert.equal(await missing(page).count(), 0);
  const { rows: [head, ...rows] } = await exported(page);
  assert.deepEqual(rows.map((row) => [row[1], row[3], row[head.length - 1]]), [
    ["0", "0", ""],
    ["1", "0", ""],
    ["2", "0", "the daemon's clock was set forward by 3 d"],
    ["3", "0", ""],
  ]);
  const days = rows.map((row) => Date.parse(row[2]) / 86_400_000);
  assert.ok(days[2] - days[1] > 2.9 && days[3] - days[2] < 0.1);
});

browserTest("an 8-bit scope is plotted where arrays travel as base64", async (page) => {
  await using server = await serve();
  const scope = defineDriver({
    name: "Scope",
    arrays: "base64",
    create: () => ({
      async *stream(signal: AbortSignal) {
        yield Uint8Array.from({ length: 100 }, (_, i) => i * 2);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    }),
  });
  server.daemon.registerPlugins({ devices: { Scope: scope } });
  await server.daemon.addDevice("scope1", "Scope");
  await server.daemon.getDevice("scope1").connect();
  await page.goto(server.address("scope1"));
  const shown = card(page, "scope1 · value").getByText("Sample #0");
  await shown.waitFor();
  assert.match(await shown.innerText(), /100 points, from 0 to 198/);
});
