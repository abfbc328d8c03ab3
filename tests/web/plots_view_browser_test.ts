/// <reference lib="dom" />
import assert from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { card, serve, untilNow } from "./plots_bench.ts";

browserTest(
  "a person measures, changes the scale, saves pictures, and has the same view after a reload",
  async (page) => {
    await using server = await serve();
    server.instruments[0].push(1, 2);
    await page.goto(server.address("daq1,daq2"));
    const plot = card(page, "daq1 · values");
    await untilNow(plot, "2");

    // Nothing below moves: what is measured has its place.
    const tops = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".card.plot, .card.plot .chart, .plot-options")].map((it) =>
          Math.round(it.getBoundingClientRect().top + scrollY)
        )
      );
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const before = await tops();
      assert.ok(before.length >= 6, String(before));
      for (const [name, shows] of [["Measure", /Δt/], ["Statistics", "RMS"]] as const) {
        await page.getByRole("button", { name }).click();
        await page.getByText(shows).first().waitFor();
        assert.deepEqual(await tops(), before, `${name} at ${width} px`);
      }
      await page.getByRole("button", { name: "Statistics" }).click();
      await page.getByRole("button", { name: "Measure" }).click();
    }
    await page.getByRole("button", { name: "Live" }).click();

    await page.getByRole("button", { name: "Measure" }).click();
    const a = page.getByRole("slider", { name: "Cursor A" }).first();
    const before = Number(await a.getAttribute("aria-valuenow"));
    await a.focus();
    await page.keyboard.press("Shift+ArrowRight");
    assert.ok(Math.abs(Number(await a.getAttribute("aria-valuenow")) - before - 30 / 50) < 1e-3);
    await page.getByText(/Δt 9\.4 s,\s+1\/Δt\s+0\.106383 Hz/).waitFor();
    await page.getByRole("button", { name: "Statistics" }).click();
    assert.deepEqual(await plot.getByRole("columnheader").allInnerTexts(), [
      ...["Channel", "A", "B", "B − A", "Newest", "Min", "Max", "Mean", "σ", "RMS", "n"],
    ]);
    await plot.getByRole("row").filter({ hasText: /2\s*1\s*2\s*1\.5\s*0\.7071\s*1\.581\s*2/ }).waitFor();

    await plot.getByText("Options").click();
    await plot.getByLabel("Logarithmic").check();
    for (const format of ["PNG", "SVG"]) {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        plot.getByRole("button", { name: `Save as ${format}` }).click(),
      ]);
      assert.match(file.suggestedFilename(), new RegExp(`^daq1_values-.*\\.${format.toLowerCase()}$`));
      const bytes = await Deno.readFile(await file.path());
      assert.equal(new TextDecoder().decode(bytes.subarray(1, 4)).toUpperCase(), format);
    }

    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByText(/^Paused: /).waitFor();
    const shown = await page.getByText(/^Paused: /).innerText();
    await page.waitForFunction("localStorage['labdaemon.view']?.includes('isLogarithmic')");
    await page.reload();
    await page.getByText(shown).waitFor();
    await plot.getByText("Options").click();
    assert.equal(await plot.getByLabel("Logarithmic").isChecked(), true);
    await page.getByRole("button", { name: "Live" }).click();
    await page.getByText(/^Paused: /).waitFor({ state: "hidden" });
  },
);

browserTest("a link opens the same view in another browser", async (page) => {
  await using server = await serve();
  const range = [1_795_000_000, 1_795_000_020];
  const view = JSON.stringify({ range, channels: { meter1: { "voltage.out": false } }, plots: {} });
  await page.goto(`${server.address("meter1")}&view=${encodeURIComponent(view)}`);
  await page.getByText(/^Paused: /).waitFor();
  await page.locator("summary").filter({ hasText: "Channels of meter1: 2 of 3 drawn" }).waitFor();
  assert.equal(await page.evaluate("location.hash"), "#/plots?devices=meter1");
});
