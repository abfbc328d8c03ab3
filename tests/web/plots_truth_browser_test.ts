/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { browserTest } from "../support/chromium.ts";
import { ScriptedInstrument } from "../support/scripted_driver.ts";
import { inlineHistory } from "../support/inline_history.ts";
import { serveApp } from "../support/served_app.ts";
import { calm } from "./plots_bench.ts";

/** A page with the plots of "daq1", on an instrument that the test plays; it has given these samples. */
async function plotted(page: Page, ...samples: unknown[]) {
  const instrument = new ScriptedInstrument();
  instrument.push(...samples);
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Scripted: instrument.driver } });
  await (await daemon.addDevice("daq1", "Scripted")).connect();
  const app = createApp(daemon, { host: "127.0.0.1", startHistory: inlineHistory });
  const served = serveApp(() => app);
  await page.goto(`${served.origin}/#/plots?devices=daq1`);
  return {
    instrument,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await daemon.shutdown();
    },
  };
}

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const timeIn = async (place: Locator) => (await place.innerText()).match(/\d+:\d\d:\d\d/)?.[0];

browserTest("small changes of a large number can be read in the legend", async (page) => {
  await using _ = await plotted(page, 1_700_000_000.5, 1_700_000_001.25);
  const row = card(page, "daq1 · values").getByRole("row").filter({ hasText: "value" });
  await row.filter({ hasText: /1700000001\.25\s+1700000000\.5\s+1700000001\.25/ }).waitFor();
});

browserTest(
  "after a cut the plot and the page's head show the same time of the last answer",
  async (page) => {
    await calm(page);
    await using server = await plotted(page, 1);
    const plot = card(page, "daq1 · values");
    await plot.getByRole("row").filter({ hasText: /value\s*1\b/ }).waitFor();

    // From now on the daemon does not answer, which is only seen seconds later. A last sample still comes.
    await page.route(/\/(devices|health|drivers)$/, () => {});
    await page.waitForRequest(/\/(devices|drivers)$/);
    server.instrument.push(2);
    await plot.getByRole("row").filter({ hasText: /value\s*2\b/ }).waitFor();
    const banner = page.getByRole("alert").getByText("The daemon does not answer");
    await banner.waitFor();
    const shown = plot.getByText(/Nothing is known since/);
    await shown.waitFor();
    assert.equal(await timeIn(shown), await timeIn(page.getByRole("alert").filter({ hasText: "does not answer" })));
  },
);

for (
  const [payload, words] of [
    [{ state: "idle", on: true }, "There are no numbers to plot: its samples are states and texts."],
    [null, "There are no numbers to plot: the newest sample is null."],
    [[], "There are no numbers to plot: the newest sample is []."],
  ] as const
) {
  browserTest(
    `a device that gives ${JSON.stringify(payload)} has no empty axes, but words that say why`,
    async (page) => {
      await using server = await plotted(page, payload);
      const place = card(page, "daq1");
      await place.getByText(words).waitFor();
      await place.getByText("Streaming", { exact: true }).waitFor();
      assert.equal(await page.locator("canvas").count(), 0);

      server.instrument.push({ n: 7 });
      await card(page, "daq1 · values").getByRole("cell", { name: "7", exact: true }).first().waitFor();
      assert.equal(await place.count(), 0);
    },
  );
}

browserTest("without a chosen channel the page shows where to choose one, and no empty axes", async (page) => {
  await using _ = await plotted(page, { a: 1, b: 2 });
  await page.locator("summary").filter({ hasText: "Channels of daq1" }).click();
  for (const name of ["a", "b"]) await page.getByRole("checkbox", { name, exact: true }).uncheck();
  await card(page, "daq1").getByText("Nothing is chosen to be drawn: see “Channels of daq1”.").waitFor();
  assert.equal(await page.locator("canvas").count(), 0);
});

browserTest("an export names what it leaves out; states and texts are in it", async (page) => {
  const wave = new Float64Array(100);
  await using server = await plotted(page, { on: true, n: 1, txt: "idle", wave });
  const newest = (n: string) => card(page, "daq1 · values").getByRole("cell", { name: n, exact: true }).first();
  await newest("1").waitFor();
  server.instrument.push({ on: false, n: 2, txt: "busy", wave });
  await newest("2").waitFor();
  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const text = await Deno.readTextFile(await (await downloaded).path());
  assert.deepEqual(text.trimEnd().split("\n").map((line) => line.split(",").slice(5).join()), [
    "on,n,txt,note",
    "true,1,idle,",
    "false,2,busy,",
  ]);
  await page.getByText(
    "Exported 2 samples; every sample of this time is in the file. " +
      "Not in the file: daq1 wave (“Save as CSV” stands below each waveform).",
  ).waitFor();
});
