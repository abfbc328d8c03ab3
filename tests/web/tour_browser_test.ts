/// <reference lib="dom" />
/** The tour of the first visit, and messages that move nothing. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { dashboard } from "./devices_bench.ts";

async function meterBench() {
  const bench = dashboard();
  await (await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" })).connect();
  return bench;
}

browserTest(
  "the first visit has a tour of three steps, which is skipped or ended for good, and can be shown again",
  async (page) => {
    await using bench = await meterBench();
    await page.addInitScript(`sessionStorage["visited"] ??= (localStorage.removeItem("labdaemon-tour"), "yes")`);
    await page.goto(bench.url(""));
    const tour = page.getByRole("complementary", { name: "Tour" });
    await tour.getByText("1 of 3").waitFor();
    await page.setViewportSize({ width: 390, height: 800 });
    equal(await violationsOf(page), []);
    await page.setViewportSize({ width: 1280, height: 720 });
    await tour.getByRole("button", { name: "Next" }).click();
    const marked = () => page.locator("[data-toured]").allInnerTexts();
    const marks = (...names: string[]) => until(`${names} is marked`, async () => `${await marked()}` === `${names}`);
    await marks("meter1");
    await tour.getByRole("button", { name: "Next" }).click();
    await marks("Plots", "Recordings", "Help");
    await tour.getByRole("button", { name: "Back" }).click();
    await tour.getByRole("button", { name: "Skip the tour" }).click();
    await tour.waitFor({ state: "detached" });
    await marks();
    await page.reload();
    await page.getByRole("link", { name: "meter1" }).waitFor();
    equal(await tour.count(), 0);
    await page.getByRole("button", { name: "Show the tour" }).click();
    await tour.getByText("1 of 3").waitFor();
  },
);

browserTest("an error that comes while the pointer is on a control leaves it under the pointer", async (page) => {
  await using bench = await meterBench();
  await page.setViewportSize({ width: 1280, height: 500 });
  await page.goto(bench.url("devices/meter1"));
  const control = page.locator("#method-reset").getByRole("button");
  await control.scrollIntoViewIfNeeded();
  await page.locator(".state").getByText("Connected", { exact: true }).waitFor();
  const { x, y } = (await control.boundingBox())!;
  await page.mouse.move(x + 5, y + 5);
  // The page notes what is under the pointer with the next frame.
  await page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
  const before = await page.evaluate(() => scrollY);
  bench.cable.isIn = false;
  const meter = bench.daemon.getDevice("meter1");
  await meter.disconnect();
  await meter.connect().catch(() => {});
  await page.getByText("the cable is out").first().waitFor();
  await until("the control is where it was", async () => Math.abs((await control.boundingBox())!.y - y) < 2);
  ok(await page.evaluate(() => scrollY) > before, "the page was scrolled by the height of the message");
});
