/** The page of the recordings. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import axe from "axe-core" with { type: "text" };
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { webBench } from "../support/web_bench.ts";

browserTest("a person records a device, stops it, saves it as a file, and deletes it", async (page) => {
  await using bench = await webBench();
  await bench.device.connect();
  await using served = serveApp(() => bench.app);
  await page.goto(`${served.origin}/#/recordings`);
  await page.getByText("There is no recording yet.").waitFor();
  await page.getByLabel("Name").fill("run 42");
  await page.getByLabel("Devices").selectOption("daq1");
  await page.getByLabel("Note").fill("cold finger on");
  await page.getByRole("button", { name: "Record", exact: true }).click();
  const row = page.locator(".recordings tbody tr");
  await row.getByText("recording", { exact: true }).waitFor();
  await row.getByText("cold finger on").waitFor();
  bench.instrument.push(1.5, 2.5);
  await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === 1);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run()
  );
  equal(violations.map(({ id }) => id), []);
  await page.setViewportSize({ width: 380, height: 900 });
  equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  await page.getByRole("button", { name: "Stop run 42" }).click();
  await row.getByText("stopped", { exact: true }).waitFor();
  equal(await row.getByRole("cell").nth(3).textContent(), "2");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "run 42 as CSV" }).click(),
  ]);
  equal(download.suggestedFilename(), "run-42.csv");
  match(await Deno.readTextFile(await download.path()), /,2\.5\n$/);

  await page.getByRole("button", { name: "Delete run 42" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete run 42" }).click();
  await page.getByText("There is no recording yet.").waitFor();
});
