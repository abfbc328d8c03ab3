/** The bench at a glance. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import type { Page } from "playwright-core";
import { z } from "zod";
import { defineDriver } from "../../lib/mod.ts";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { dashboard, supply } from "./devices_bench.ts";

/** A bench with a source that a test pushes samples into, a supply, a meter without its cable, and a device that is idle. */
async function bench() {
  const bench = dashboard();
  const { daemon, cable } = bench;
  const push: ((value: number) => void)[] = [];
  const Source = defineDriver({
    name: "Source",
    sample: z.object({ volts: z.number().meta({ unit: "V" }), door: z.boolean() }),
    create: () => ({
      async *stream(signal) {
        while (!signal.aborted) {
          const volts = await new Promise<number>((resolve, reject) => {
            push.push(resolve);
            signal.addEventListener("abort", () => reject(signal.reason));
          });
          yield { volts, door: false };
        }
      },
    }),
  });
  const state = { voltage: 3.3, output: true, mode: "cv" as const, resolution: 0.1 };
  daemon.registerPlugins({ devices: { Source, Supply: supply(state) } });
  cable.isIn = false;
  for (const [id, type] of [["source1", "Source"], ["psu1", "Supply"], ["idle1", "Source"]] as const) {
    await (await daemon.addDevice(id, type)).connect();
  }
  const meter = await daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  meter.connect().catch(() => {});
  return {
    ...bench,
    async push(volts: number) {
      await until("the source streams", () => push.length > 0);
      push.shift()!(volts);
    },
  };
}

const tile = (page: Page, id: string) =>
  page.locator("li.tile").filter({ has: page.getByRole("heading", { name: id }) });

browserTest("the first page shows the newest values of the bench, and starts no device", async (page) => {
  await using it = await bench();
  await page.goto(it.url(""));
  await page.getByRole("heading", { name: "Bench", exact: true }).waitFor();
  const source = tile(page, "source1");
  await source.getByText("Connected", { exact: true }).waitFor();
  await tile(page, "psu1").getByText("3.300").waitFor();
  match(await tile(page, "psu1").innerText(), /voltage\s+3\.300\s+V[^]*output\s+on/);
  await tile(page, "meter1").getByText("Cannot reach the meter: the cable is out").waitFor();
  const { daemon } = it;
  equal(["source1", "idle1"].map((id) => daemon.getDevice(id).status().stream.readers), [0, 0]);
  equal(daemon.getDevice("source1").state, "connected");

  await daemon.getDevice("source1").startStreaming();
  await source.getByText("Streaming", { exact: true }).waitFor();
  await it.push(0.44);
  await source.getByText("0.4400").waitFor();
  await it.push(0.00104);
  await source.getByText("0.0010").waitFor();
  match(await source.innerText(), /volts\s+0\.0010\s+V[^]*door\s+off/);
  equal(daemon.getDevice("source1").status().stream.readers, 0);
  // A device that works again says for which reason it did not, until a person dismisses it.
  it.cable.isIn = true;
  await daemon.getDevice("meter1").connect();
  await tile(page, "meter1").getByText(/^Error at \d\d:\d\d:\d\d: .*the cable is out/).waitFor();
  equal(await violationsOf(page), []);
  for (const width of [390, 768, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  }
});

browserTest(
  "the bench is searched, sorted, and shown as a table and on a wall; the address has the view",
  async (page) => {
    await using it = await bench();
    await page.goto(it.url("bench"));
    const names = () => page.locator("li.tile h2").allInnerTexts();
    await tile(page, "meter1").getByText("Trying again").waitFor();
    equal(await names(), ["source1", "psu1", "idle1", "meter1"]);
    await page.getByLabel("Sort by").selectOption("state");
    await until("problems come first", async () => (await names())[0] === "meter1");
    await page.getByLabel("Find").fill("source");
    await until("two are found", async () => (await names()).join() === "source1,idle1");

    await page.getByRole("button", { name: "Table" }).click();
    await page.getByRole("rowheader", { name: "source1" }).waitFor();
    equal(new URL(page.url()).hash, "#/bench?sort=state&find=source&view=table");
    await page.reload();
    await page.getByRole("rowheader", { name: "source1" }).waitFor();
    equal(await page.getByRole("rowheader").count(), 2);
    await page.getByLabel("Find").fill("");
    await page.getByRole("row", { name: /psu1/ }).getByText("3.300").waitFor();
    const heights = await page.getByRole("row").evaluateAll((rows) =>
      rows.map((row) => (row as unknown as { offsetHeight: number }).offsetHeight)
    );
    equal(heights.filter((height) => height > 46), []);
    equal(await violationsOf(page), []);
    await page.setViewportSize({ width: 390, height: 900 });
    equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);

    await page.getByRole("button", { name: "Wall" }).click();
    await page.locator(".tiles.wall").waitFor();
    equal(await page.getByRole("navigation").isVisible(), false);
    equal(await violationsOf(page), []);
    await page.getByRole("button", { name: "Leave the wall" }).click();
    await page.getByRole("navigation").waitFor();
  },
);

browserTest("a device is commanded by its menu; what ends or removes is last, and asks first", async (page) => {
  await using it = await bench();
  await page.goto(it.url("bench"));
  const open = () => tile(page, "idle1").getByRole("button", { name: "Actions on idle1" }).click();
  const menu = page.getByRole("group", { name: "Actions on idle1" });
  await open();
  equal(await menu.getByRole("listitem").allInnerTexts(), [
    ...["Open idle1", "Plot", "Start", "Disconnect…", "Disable…", "Remove…"],
  ]);
  equal(await violationsOf(page), []);
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  await open();
  await menu.getByRole("button", { name: "Start" }).click();
  await tile(page, "idle1").getByText("Streaming", { exact: true }).waitFor();

  await open();
  await menu.getByRole("button", { name: "Disconnect" }).click();
  const dialog = page.getByRole("dialog", { name: "Disconnect idle1?" });
  await dialog.getByText("No other page or program reads it now.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  equal(it.daemon.getDevice("idle1").state, "streaming");
  await open();
  await menu.getByRole("button", { name: "Disconnect" }).click();
  await dialog.getByRole("button", { name: "Disconnect idle1" }).click();
  await tile(page, "idle1").getByText("Disconnected", { exact: true }).waitFor();
});
