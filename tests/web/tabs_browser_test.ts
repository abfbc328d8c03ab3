/// <reference lib="dom" />
/** Several tabs of one browser, which opens six connections to one daemon. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { calm, serve } from "./plots_bench.ts";

/** Hides a tab or shows it, as the browser reports it to the page. */
async function setHidden(page: Page, isHidden: boolean) {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

browserTest("a hidden tab lets its stream go, and resumes when it is shown", async (page) => {
  await using bench = await serve();
  const device = bench.daemon.getDevice("daq1");
  const readers = (count: number) => until(`${count} readers`, () => device.status().stream.readers === count);
  await page.goto(bench.address("daq1"));
  await readers(1);
  bench.instruments[0].push(1.5);
  await page.getByRole("cell", { name: "1.5" }).first().waitFor();
  await setHidden(page, true);
  await readers(0);
  await setHidden(page, false);
  await readers(1);
  bench.instruments[0].push(2.5);
  await page.getByRole("cell", { name: "2.5" }).first().waitFor();
  equal(await page.getByRole("alert").allInnerTexts().then((all) => all.join("")), "");
});

browserTest("a stream that is held back is named after ten seconds, with what to do", async (page) => {
  await using bench = await serve();
  await page.clock.install();
  await page.route("**/stream?*", () => {});
  await page.goto(bench.address("daq1"));
  await page.getByText("Opening").first().waitFor();
  await until("the page says so", async () => {
    await page.clock.runFor(1_000);
    return await page.getByText("The daemon answers, but its stream does not arrive.").isVisible();
  });
});

browserTest("a tab without a connection says that the daemon answers other tabs", async (page) => {
  await using bench = await serve();
  await calm(page);
  await page.goto(bench.address("daq1"));
  await page.getByText("Streaming").first().waitFor();
  const other = await page.context().newPage();
  // Its requests have waited long enough after half a second.
  await other.addInitScript(
    "{ const { timeout } = AbortSignal; AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 10); }",
  );
  await other.route("**/devices", () => {});
  await other.goto(bench.address("").replace(/#.*/, "#/recordings"));
  const isSaid = other.getByText("This browser has no connection left for the daemon, which answers other tabs.");
  await until("the other tab says so", async () => {
    bench.instruments[0].push(1);
    return await isSaid.isVisible();
  });
  await other.unroute("**/devices");
  await isSaid.waitFor({ state: "detached" });
});
