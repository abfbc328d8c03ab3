import { deepEqual as equal } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import type { Page } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { dashboard, supply, type SupplyState } from "./devices_bench.ts";

async function supplyBench(page: Page) {
  const bench = dashboard();
  const supplied: SupplyState = { voltage: 1, output: false, mode: "cv", resolution: 0.01 };
  bench.daemon.registerPlugins({ devices: { Supply: supply(supplied) } });
  const device = await bench.daemon.addDevice("psu1", "Supply");
  await device.connect();
  await page.goto(bench.url("devices/psu1"));
  const card = (name: string) => page.locator(`#property-${name}`);
  const shows = (name: string, text: string) => card(name).locator("output").getByText(text, { exact: true }).waitFor();
  return { ...bench, supplied, device, card, shows };
}

browserTest("the panel shows each property with its unit, and sets it by a control of its kind", async (page) => {
  await using bench = await supplyBench(page);
  const { card, shows, supplied } = bench;
  await shows("voltage", "1 V");
  await shows("current", "0.25 A");
  equal(await card("current").getByRole("button").count(), 0);

  const voltage = card("voltage").getByLabel("New voltage in V");
  await voltage.fill("5");
  await page.keyboard.press("Enter");
  await shows("voltage", "5 V");
  await card("voltage").getByText("Set to 5 V.").waitFor();
  equal([supplied.voltage, await voltage.inputValue()], [5, "5"]);

  await card("voltage").getByRole("button", { name: "Increase voltage" }).click();
  await shows("voltage", "5.5 V");
  await card("mode").getByLabel("New mode").selectOption("cc");
  await card("mode").getByRole("button", { name: "Set" }).click();
  await shows("mode", "cc");
  const output = card("output").getByRole("switch", { name: "Output" });
  equal(await output.getAttribute("aria-checked"), "false");
  await output.click();
  await shows("output", "on");
  equal([await output.getAttribute("aria-checked"), supplied.output, supplied.mode], ["true", true, "cc"]);

  equal(await violationsOf(page), []);
});

browserTest(
  "the panel shows what the instrument says, not what was asked, and refuses what does not fit",
  async (page) => {
    await using bench = await supplyBench(page);
    const { card, shows, supplied, device } = bench;
    supplied.resolution = 0.25;
    const voltage = card("voltage").getByLabel("New voltage in V");
    await voltage.fill("3.3");
    await page.keyboard.press("Enter");
    await card("voltage").getByText("It was set to 3.3 V, and the instrument says 3.25 V.").waitFor();
    await shows("voltage", "3.25 V");

    await voltage.fill("31");
    await page.keyboard.press("Enter");
    await card("voltage").locator(".issue").waitFor();
    equal([supplied.voltage, await voltage.inputValue()], [3.25, "31"]);

    // A person turns the knob at the instrument.
    supplied.voltage = 7;
    await shows("voltage", "7 V");
    await device.disconnect();
    await card("voltage").getByText(/From .*it is disconnected/).waitFor();
    equal(await card("output").getByRole("switch").getAttribute("aria-disabled"), "true");
  },
);

browserTest("what another program sets is shown by its event, without a reading", async (page) => {
  const opened = page.waitForResponse(/stream\?devices=psu1&no_samples=true/);
  await using bench = await supplyBench(page);
  await bench.shows("voltage", "1 V");
  await opened;
  await page.route("**/devices/psu1/properties", (route) => route.abort());
  await bench.device.setProperty("voltage", 9);
  await bench.shows("voltage", "9 V");
});
