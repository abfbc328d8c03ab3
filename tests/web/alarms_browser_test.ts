/** The page of the alarms, and the banner. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { Alarms } from "../../lib/alarms/alarms.ts";
import { createApp } from "../../lib/http/app.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import { browserTest } from "../support/chromium.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { serveApp } from "../support/served_app.ts";

browserTest("an alarm that fires is on every page, until a person acknowledges it", async (page) => {
  await using bench = await scriptedBench();
  const rules = new Map([["daq1", [{ ...ALARM_RULE, above: 5 }]]]);
  const alarms = new Alarms({ bench: bench.daemon, rules });
  const app = createApp(bench.daemon, { host: "127.0.0.1", alarms });
  await bench.device.connect();
  await using served = serveApp(() => app);
  await page.goto(`${served.origin}/#/bench`);
  await page.getByRole("link", { name: "Alarms" }).waitFor();
  bench.instrument.push(6.25);
  await page.getByText("An alarm is firing:").waitFor();
  await page.locator(".tile").getByText("Alarm: value", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Show", exact: true }).click();
  const row = page.locator(".alarms tbody tr");
  await row.getByText("firing", { exact: true }).waitFor();
  equal(await row.getByRole("cell").nth(3).textContent(), "6.25");
  equal(await violationsOf(page), []);
  await page.setViewportSize({ width: 380, height: 900 });
  equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  await page.getByRole("button", { name: "Acknowledge value of daq1" }).click();
  await row.getByText("acknowledged", { exact: true }).waitFor();
  await page.getByText("An alarm is firing:").waitFor({ state: "detached" });
  alarms.close();
  app.close();
});
