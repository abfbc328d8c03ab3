/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { card, exported, serve, untilDrawn, untilNow } from "./plots_bench.ts";

/** Colours of the light scheme: the first and the second line. */
const BLUE = [0x2a, 0x78, 0xd6];
const ORANGE = [0xd9, 0x59, 0x26];

browserTest(
  "a person plots a formula and a channel of another device on two axes; it stays after a reload",
  async (page) => {
    await using server = await serve();
    server.instruments[0].push(1, 2);
    await page.goto(server.address("daq1,meter1"));
    await untilNow(card(page, "daq1 · values"), "2");

    await page.getByRole("button", { name: "Add a plot…" }).click();
    const form = page.getByRole("dialog", { name: "Add a plot" });
    await form.getByLabel("Title").fill("Ratio");
    const formula = form.getByLabel("Channel or formula");
    await formula.fill("meter1.voltage.in / psu1.current");
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await form.getByText("“psu1.current” does not begin with the name of a device on this page.").waitFor();
    await formula.fill("meter1.voltage.in / (meter1.voltage.out");
    await form.getByText("Cannot read the formula: unclosed (, at character 40.").waitFor();
    await formula.fill("meter1.voltage.in / meter1.voltage.out");
    await form.getByLabel("Unit").fill("Ω");
    await form.getByRole("button", { name: "Add a line" }).click();
    await formula.nth(1).fill("daq1");
    await form.getByLabel("Axis").nth(1).selectOption("right");
    await form.getByRole("button", { name: "Add", exact: true }).click();

    const own = card(page, "Ratio");
    const row = (words: RegExp) => own.getByRole("row").filter({ hasText: words }).waitFor();
    await row(/meter1\.voltage\.out\s*20 Ω/);
    await row(/daq1\s*2\s*1\s*2/);
    await untilDrawn(own, BLUE);
    await untilDrawn(own, ORANGE);

    // Its stream goes on without a reader, however long the page takes to load again: another one would send its samples again.
    await server.daemon.getDevice("meter1").startStreaming();
    await page.waitForFunction("localStorage['labdaemon.view']?.includes('Ratio')");
    await page.goto(server.address("daq1"));
    await page.reload();
    await page.getByText("The plot “Ratio” is not shown: meter1.voltage.in, meter1.voltage.out are of devices")
      .waitFor();
    await page.goto(server.address("daq1,meter1"));
    await row(/meter1\.voltage\.out\s*20 Ω/);
    const { rows: [head, ...rows] } = await exported(page);
    const at = head.indexOf("meter1.voltage.in / meter1.voltage.out [Ω]");
    const ofMeter = rows.filter(([id]) => id === "meter1");
    assert.deepEqual([ofMeter.length, new Set(ofMeter.map((row) => row[at]))], [2, new Set(["20"])]);
    assert.deepEqual(new Set(rows.filter(([id]) => id === "daq1").map((row) => row[at])), new Set([""]));
    assert.equal(head.includes("daq1"), false, "a channel alone has a column already");
    await own.getByRole("button", { name: "Remove" }).click();
    await own.waitFor({ state: "detached" });
  },
);

browserTest("a link opens XY plots and spectra; a layout opens them in another browser", async (page) => {
  await using server = await serve();
  const own = [
    { id: "xy", title: "Curve", kind: "xy", x: "daq1 * 2", lines: [{ formula: "daq1 ^ 2" }] },
    { id: "sp", title: "Spectrum", kind: "spectrum", window: "flat top", lines: [{ formula: "daq1" }] },
  ];
  const view = JSON.stringify({ channels: {}, plots: {}, own });
  server.instruments[0].push(1, 2, 3);
  await page.goto(`${server.address("daq1")}&view=${encodeURIComponent(view)}`);
  await untilDrawn(card(page, "Curve"), BLUE);
  const spectrum = card(page, "Spectrum");
  // Of the samples before the page was opened, one may have been left out.
  await spectrum.getByText(/daq1: a spectrum needs (at least 16 samples|each sample)/).waitFor();
  const isSaid = spectrum.getByText(/daq1: (\d+ samples at|the samples are too uneven)/);
  await until("there is a spectrum, or why there is none", async () => {
    server.instruments[0].push(...Array.from({ length: 64 }, (_, i) => Math.sin(i)));
    return await isSaid.isVisible();
  });
  await spectrum.getByText("Options").click();
  assert.deepEqual(await spectrum.getByRole("checkbox").count(), 3);

  await page.getByRole("button", { name: "Layouts…" }).click();
  const layouts = page.getByRole("dialog", { name: "Layouts" });
  await layouts.getByText("There are none yet.").waitFor();
  await layouts.getByLabel("Name").fill("My curve");
  await layouts.getByRole("button", { name: "Save what is shown" }).click();
  await layouts.getByText("Saved “My curve”: daq1.").waitFor();

  // Another browser opens it by its name.
  const browser = page.context().browser()!;
  await using other = await browser.newContext();
  const visitor = await other.newPage();
  await visitor.goto(server.address("").replace("devices=", "layout=My%20curve"));
  await card(visitor, "Curve").waitFor();
  await card(visitor, "Spectrum").waitFor();
  await visitor.goto(server.address("").replace("devices=", "layout=nix"));
  await visitor.getByRole("alert").getByText('Cannot open the layout "nix": there is none of that name').waitFor();

  await layouts.getByRole("button", { name: "Delete My curve" }).click();
  await layouts.getByText("Deleted “My curve”.").waitFor();
});
