import { deepEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import type { Page } from "playwright-core";
import { KeptDevices } from "../../lib/kept_devices/kept_devices.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { webBench } from "../support/web_bench.ts";
import { dashboard, dashboardWithFiles, looks, row } from "./devices_bench.ts";

async function meterBench() {
  const bench = dashboard();
  await addMeter(bench);
  return bench;
}

async function addMeter({ daemon }: Pick<ReturnType<typeof dashboard>, "daemon">) {
  const meter = await daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await meter.connect();
}

const method = (page: Page, name: string) => page.locator(`#method-${name}`);
const result = (page: Page, name: string) => method(page, name).locator(".result");

browserTest("a method is called by its form; the result, the time and the last calls are shown", async (page) => {
  await using bench = await meterBench();
  await page.goto(bench.url("devices/meter1"));
  const scale = method(page, "scale");
  await scale.getByLabel("Volts in V").fill("21");
  await page.getByRole("button", { name: "Call scale" }).click();
  await result(page, "scale").filter({ hasText: /^42$/ }).waitFor();
  match(await scale.innerText(), /Took [\d.]+ m?s/);

  await scale.getByLabel("Volts in V").fill("99");
  await page.getByRole("button", { name: "Call scale" }).click();
  await scale.locator(".issue").waitFor();
  equal(await scale.getByLabel("Volts in V").getAttribute("aria-invalid"), "true");

  const calls = page.locator(".calls li");
  equal(await calls.count(), 2);
  match(await calls.nth(0).innerText(), /scale\(volts: 99\)[^]*Failed: .*volts/);
  match(await calls.nth(1).innerText(), /scale\(volts: 21\)[^]*→ 42/);
  await calls.nth(1).getByRole("button", { name: /^Use again/ }).click();
  equal(await scale.getByLabel("Volts in V").inputValue(), "21");

  await page.getByRole("link", { name: "All devices" }).click();
  await page.getByRole("heading", { name: "Devices" }).waitFor();
  await page.goBack();
  await calls.nth(1).waitFor();
});

browserTest("a method without a result, a failed one and one with a long list each show it", async (page) => {
  await using bench = await meterBench();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(bench.url("devices/meter1"));
  await page.getByRole("button", { name: "Call reset" }).click();
  await result(page, "reset").filter({ hasText: "It returned nothing" }).waitFor();
  await page.getByRole("button", { name: "Call refuse" }).click();
  await method(page, "refuse").getByText("The meter does not want to").waitFor();
  await page.getByRole("button", { name: "Call spectrum" }).click();
  await result(page, "spectrum").filter({ hasText: "… 2,038 more" }).waitFor();

  await method(page, "spectrum").getByRole("button", { name: "Copy all of it" }).click();
  await method(page, "spectrum").getByText("Copied").waitFor();
  const copied = await page.evaluate(() => (navigator as unknown as Navigator & Clipboards).clipboard.readText());
  equal(JSON.parse(copied).length, 2048);
});

/** The types of the browser are not those of Deno. */
interface Clipboards {
  clipboard: { readText(): Promise<string> };
}

browserTest("a text that is not a number or not JSON is an issue at its field", async (page) => {
  await using bench = await meterBench();
  await page.goto(bench.url("devices/meter1"));
  const volts = method(page, "scale").getByLabel("Volts in V");
  await volts.pressSequentially("1e");
  await page.getByRole("button", { name: "Call scale" }).click();
  await method(page, "scale").getByText("1e is not a number").waitFor();
  equal(await volts.evaluate((it) => it === it.ownerDocument.activeElement), true);
  await volts.pressSequentially("1");
  await page.keyboard.press("Enter");
  await result(page, "scale").filter({ hasText: /^20$/ }).waitFor();

  await page.goto(bench.url("devices"));
  await page.getByText("Add a device").click();
  await page.getByLabel("Driver").selectOption("Meter");
  await page.getByLabel("Labels").fill("{a: 1}");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("This is not JSON").waitFor();
  equal(await page.getByLabel("Labels").inputValue(), "{a: 1}");
  await page.getByLabel("Labels").fill('{"a": 1}');
  await page.getByLabel("Give calibration").check();
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("expected a text of 1 to 64 letters").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("meter2");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("missing; expected a number").waitFor();
  equal(await page.getByLabel("Slope").getAttribute("aria-invalid"), "true");
});

browserTest("a number is sent as it was typed or not at all: 0,5 does not become 5", async (page) => {
  await using bench = await meterBench();
  await page.goto(bench.url("devices/meter1"));
  const scale = method(page, "scale");
  const volts = scale.getByRole("textbox", { name: "Volts in V", description: /0 to 50 V/ });
  for (const typed of ["0,5", "0x10", "1_000"]) {
    await volts.fill("");
    await volts.pressSequentially(typed);
    await page.keyboard.press("Enter");
    await scale.locator(".issue").getByText(`${typed} is not a number`).waitFor();
    equal([await volts.inputValue(), await volts.getAttribute("aria-invalid")], [typed, "true"]);
  }
  equal(await page.locator(".calls li").count(), 0);
  await volts.fill("");
  await volts.pressSequentially("+0.5");
  await page.keyboard.press("Enter");
  await result(page, "scale").filter({ hasText: /^1$/ }).waitFor();

  await page.goto(bench.url("devices"));
  await page.getByText("Add a device").click();
  await page.getByLabel("Driver").selectOption("Meter");
  await page.getByLabel("Name", { exact: true }).fill("meter2");
  await page.getByLabel("Host").fill("10.0.0.8");
  await page.getByLabel("Gain").fill("");
  await page.getByLabel("Gain").pressSequentially("0,5");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("0,5 is not a number; write 0.5").waitFor();
  equal(bench.daemon.devices().length, 1);
  await page.getByLabel("Gain").fill("0.5");
  await page.getByRole("button", { name: "Add device" }).click();
  await row(page, "meter2").waitFor();
  equal(bench.daemon.getDevice("meter2").status().params.gain, 0.5);
});

browserTest("an older result is not shown under a call that could not be sent", async (page) => {
  await using bench = await meterBench();
  await page.goto(bench.url("devices/meter1"));
  const volts = method(page, "scale").getByLabel("Volts in V");
  await volts.fill("5");
  await page.keyboard.press("Enter");
  await result(page, "scale").filter({ hasText: /^10$/ }).waitFor();
  await volts.fill("1e400");
  await page.keyboard.press("Enter");
  await method(page, "scale").locator(".issue").waitFor();
  equal([await result(page, "scale").count(), await method(page, "scale").getByText("Took").count()], [0, 0]);
  await volts.fill("6");
  await page.keyboard.press("Enter");
  await result(page, "scale").filter({ hasText: /^12$/ }).waitFor();
});

browserTest("the page of a device does not start it; watching it live does", async (page) => {
  await using bench = await meterBench();
  const meter = bench.daemon.getDevice("meter1");
  await page.goto(bench.url("devices/meter1"));
  const watch = page.getByRole("button", { name: "Watch live" });
  await watch.waitFor();
  await looks(page);
  equal([meter.isStreaming(), meter.status().stream.readers], [false, 0]);

  await watch.click();
  await page.getByRole("region", { name: "Live plots" }).waitFor();
  await page.locator(".state").getByText("Streaming", { exact: true }).waitFor();
});

browserTest("a device without a stream shows that, and offers no action of a stream", async (page) => {
  await using bench = await dashboardWithFiles("dial.ts");
  await bench.daemon.addDevice("dial1", "Dial", { port: "COM3" });
  await page.goto(bench.url("devices"));
  const dial = row(page, "dial1");
  // Its driver has not shown yet.
  await dial.getByRole("button", { name: "Start" }).waitFor();
  await dial.getByRole("link", { name: "Plot" }).waitFor();

  await dial.getByRole("button", { name: "Connect" }).click();
  await dial.getByText("cannot stream").waitFor();
  await dial.getByRole("button", { name: "Disconnect" }).waitFor();
  equal(await dial.getByRole("button", { name: "Start" }).count(), 0);
  equal(await dial.getByRole("link", { name: "Plot" }).count(), 0);

  await page.goto(bench.url("devices/dial1"));
  await page.getByText("cannot stream").first().waitFor();
  await page.getByRole("heading", { name: "Methods" }).waitFor();
  for (const gone of [/^Start/, /^Watch live/]) equal(await page.getByRole("button", { name: gone }).count(), 0);
  equal(await page.getByRole("link", { name: /^Plot/ }).count(), 1, "the one of the page's head");
  equal(await page.getByRole("heading", { name: "Read it from a program" }).count(), 0);
});

browserTest("an unknown device has a page with an explanation and a link back", async (page) => {
  await using bench = await meterBench();
  await page.goto(bench.url("devices/mtr1"));
  await page.getByText("There is no device of this name").waitFor();
  await page.getByText("A device that was added and not kept lasts until the daemon stops.").waitFor();
  await page.getByRole("link", { name: "All devices" }).click();
  await page.getByRole("link", { name: "meter1", exact: true }).waitFor();
});

browserTest("a driver file with a typo is shown at its devices", async (page) => {
  await using bench = await dashboardWithFiles("dial.ts");
  await bench.daemon.addDevice("dial1", "Dial", { port: "COM3" });
  await page.goto(bench.url("devices"));
  await page.getByRole("link", { name: "dial1", exact: true }).waitFor();
  await Deno.writeTextFile(`${bench.folder}/dial.ts`, "export default 1;\n");
  await bench.daemon.loadDrivers(bench.folder);

  await page.getByRole("link", { name: "An older version runs" }).waitFor();
  await page.getByRole("link", { name: "dial1", exact: true }).click();
  await page.getByText("The device keeps the previous version.").waitFor();
  await page.getByRole("link", { name: "See the drivers" }).click();
  await page.getByText("An older version runs").waitFor();
});

browserTest("a deleted driver file is shown as missing, not as broken", async (page) => {
  await using bench = await dashboardWithFiles("dial.ts");
  await bench.daemon.addDevice("dial1", "Dial", { port: "COM3" });
  await Deno.remove(`${bench.folder}/dial.ts`);
  await bench.daemon.loadDrivers(bench.folder);
  await page.goto(bench.url("devices"));
  await page.getByRole("link", { name: "File missing" }).waitFor();
  await page.getByRole("link", { name: "dial1", exact: true }).click();
  await page.getByText("Its driver's file is missing. The device keeps the previous version. Restore it, or")
    .waitFor();
  await page.getByRole("link", { name: "See the drivers" }).click();
  const card = await page.locator("li.driver").filter({ hasText: "dial.ts" }).innerText();
  match(
    card,
    /Dial\s+File missing[^]*The file is missing\. Its devices keep the previous version\. Restore it/,
  );
  doesNotMatch(card, /saved|does not (load|run)/);
});

browserTest("a device that was added is kept over restarts by a button on its page", async (page) => {
  const folder = await Deno.makeTempDir();
  const kept = new KeptDevices(folder);
  await using bench = await webBench({}, { host: "127.0.0.1", kept });
  await using served = serveApp(() => bench.app);
  await bench.ask("POST /devices", { device_id: "daq2", device_type: "Scripted", params: { port: "5" } });
  await page.goto(`${served.origin}/#/devices/daq2`);
  await page.getByText("Technical facts").click();
  const keep = page.getByRole("button", { name: "Keep it over restarts" });
  await keep.click();
  await page.getByText("The daemon keeps it in its data folder: it is added and connected").waitFor();
  await page.getByText("it is back: the daemon keeps it in its data folder").waitFor();
  equal(await keep.count(), 0);
  equal((await kept.list()).map(({ device }) => [device.device_id, device.params]), [["daq2", { port: "5" }]]);
  await Deno.remove(folder, { recursive: true });
});

browserTest("a device with a wrong port is added again with a form that is filled in", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7", port: 1, channels: [2, 3] });
  await page.goto(bench.url("devices/meter1"));
  await page.getByText("Technical facts").click();
  await page.getByText("The parameters of a device do not change").waitFor();
  await page.getByRole("button", { name: "Add again with other parameters (meter1)" }).click();

  const port = page.getByLabel("Port");
  await port.waitFor();
  equal(await port.inputValue(), "1");
  equal(await page.getByLabel("Channels").inputValue(), "2, 3");
  await port.fill("5025");
  await page.getByRole("button", { name: "Remove meter1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove meter1" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Add device" }).click();
  await row(page, "meter1").getByText("Connected", { exact: true }).waitFor();
  equal(bench.daemon.getDevice("meter1").status().params.port, 5025);
});

browserTest(
  "failed drivers come first, with the line; the others show their parameters and permissions",
  async (page) => {
    await using bench = await dashboardWithFiles("nosy.ts", "broken.ts", "dial.ts");
    await addMeter(bench);
    await bench.daemon.addDevice("nosy1", "Nosy", { net: ["10.0.0.7:80"] });
    await page.goto(bench.url("drivers"));
    const cards = page.locator("li.driver");
    const first = cards.nth(0);
    await first.waitFor();
    match(await first.innerText(), /broken\.ts\s+Failed[^]*line 3, column \d+[^]*methods/);
    const nosy = await cards.filter({ hasText: "nosy.ts" }).innerText();
    match(nosy, /nosy1 was granted\s+network: 10\.0\.0\.7:80/);
    const meter = cards.filter({ hasText: "registered by a script" });
    await meter.getByText("Interface").click();
    match(await meter.innerText(), /gain\?: number dB\s+Amplifier gain\. [^]*scale\(volts: number V, by\?: number\)/);

    await Deno.writeTextFile(`${bench.folder}/nosy.ts`, "export default 1;\n");
    await bench.daemon.loadDrivers(bench.folder);
    await cards.filter({ hasText: "nosy.ts" }).getByText("An older version runs").waitFor();
  },
);

browserTest(
  "axe reports no violation on a phone and a wide screen, light and dark, and nothing is wider than the page",
  async (page) => {
    await using bench = await dashboardWithFiles("nosy.ts", "broken.ts", "dial.ts");
    await addMeter(bench);
    bench.cable.isIn = false;
    await bench.daemon.addDevice("meter2", "Meter", { host: "10.0.0.7" });
    await bench.daemon.getDevice("meter2").connect().catch(() => {});
    await bench.daemon.getDevice("meter2").disable();
    bench.cable.isIn = true;
    await bench.daemon.getDevice("meter1").startStreaming();
    const check = async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        for (const width of [380, 1600]) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 900 });
          equal(await violationsOf(page), [], `${colorScheme} ${width}`);
          equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        }
      }
    };

    await page.goto(bench.url("devices"));
    await page.getByText("Dismiss").waitFor();
    await page.getByText("Add a device").click();
    await page.getByLabel("Driver").selectOption("Meter");
    await page.getByRole("button", { name: "Add device" }).click();
    await page.locator(".issue").first().waitFor();
    await check();
    await page.getByRole("button", { name: "Remove meter1" }).click();
    await page.getByRole("dialog").waitFor();
    await check();
    await page.keyboard.press("Escape");

    await page.goto(bench.url("devices/meter1"));
    await page.getByRole("button", { name: "Call spectrum" }).click();
    await result(page, "spectrum").waitFor();
    await page.getByText("Read it from a program").click();
    await page.getByText("Technical facts").click();
    await check();

    await page.goto(bench.url("drivers"));
    await page.locator("li.driver").nth(2).waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await check();
  },
);

browserTest("a driver that does not do what it declares has a warning on the list and on its page", async (page) => {
  await using bench = dashboard();
  class Odd {
    conect() {}
    read() {
      return 1;
    }
  }
  bench.daemon.registerPlugins({ devices: { Odd } });
  await bench.daemon.addDevice("odd1", "Odd");
  await bench.daemon.getDevice("odd1").connect();
  const warning = "Its driver's device has conect() (did you mean connect?), which the host does not call";
  await page.goto(bench.url("devices"));
  await row(page, "odd1").getByText(warning).waitFor();
  await page.goto(bench.url("devices/odd1"));
  await page.getByText(warning).waitFor();
});
