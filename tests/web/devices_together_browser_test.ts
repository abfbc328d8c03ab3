/** The page of one person while others, or the daemon, change the bench. */
import { deepEqual as equal, match } from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest } from "../support/chromium.ts";
import { dashboard, looks, row } from "./devices_bench.ts";

/** Resolves when a device's button of this name has the focus. */
const focus = (page: Page, button: string) => page.locator(".actions :focus", { hasText: button }).waitFor();

/** Resolves when the page stands about there. The page's policy forbids what the browser's driver would poll with. */
const scrolledTo = (page: Page, place: number) =>
  page.evaluate(`new Promise((resolve, reject) => {
    const look = () => Math.abs(scrollY - ${place}) < 100 && resolve();
    addEventListener("scroll", look);
    setTimeout(() => reject(new Error("the page stands at " + scrollY + ", not at ${place}")), 60000);
    look();
  })`);

browserTest("six instruments that do not answer are not shown as an outage of the daemon", async (page) => {
  await using bench = dashboard();
  bench.cable.isSlow = true;
  const ids = Array.from({ length: 7 }, (_, n) => `meter${n}`);
  for (const id of ids) await bench.daemon.addDevice(id, "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  for (const id of ids) await row(page, id).getByRole("button", { name: "Connect" }).click();
  for (const id of ids) await row(page, id).getByText("Connecting", { exact: true }).waitFor();
  await looks(page, 6);

  equal(await page.getByText("does not answer").count(), 0);
  equal(await page.getByText("Connect failed").count(), 0);
  await row(page, "meter6").getByRole("button", { name: "Disconnect" }).click();
  await row(page, "meter6").getByText("Disconnected", { exact: true }).waitFor();
});

browserTest("an overtaken answer does not restore an older state", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByText("Disconnected", { exact: true }).waitFor();
  const held = Promise.withResolvers<void>();
  const onWay = Promise.withResolvers<void>();
  let isFirst = true;
  await page.route("**/devices", async (route) => {
    if (!isFirst) return await route.continue();
    isFirst = false;
    const response = await route.fetch();
    onWay.resolve();
    await held.promise;
    await route.fulfill({ response });
  });
  await onWay.promise;
  await meter.getByRole("button", { name: "Connect" }).click();
  await meter.getByText("Connected", { exact: true }).waitFor();
  const words = await page.evaluateHandle(`(() => {
    const seen = [];
    new MutationObserver(() => seen.push(document.querySelector(".device .tag").textContent))
      .observe(document.querySelector(".devices"), { subtree: true, characterData: true, childList: true });
    return seen;
  })()`);
  held.resolve();
  await looks(page, 3);

  equal((await words.jsonValue() as string[]).filter((word) => word !== "Connected"), []);
});

browserTest("another device under the same name has neither the old failure nor the old calls", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  await page.goto(bench.url("devices/meter1"));
  await page.getByRole("button", { name: "Call reset" }).click();
  await page.locator(".calls li").waitFor();
  await page.route("**/disconnect", (route) => route.fulfill({ status: 500, body: "no" }));
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByText("Disconnect failed.").waitFor();

  await bench.daemon.removeDevice("meter1");
  await page.getByText("There is no device of this name").waitFor();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.8" });
  await page.getByText("Disconnected", { exact: true }).waitFor();
  equal(await page.getByText("Disconnect failed.").count(), 0);
  equal(await page.locator(".calls li").count(), 0);
});

browserTest("a second start with other options shows that the device streams already", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  await page.goto(bench.url("devices"));
  await row(page, "meter1").getByRole("button", { name: "Start" }).click();
  const dialog = page.getByRole("dialog", { name: "Start meter1" });
  await bench.daemon.getDevice("meter1").startStreaming(undefined, { sample_rate: 20 });
  await dialog.getByLabel("Sample rate").fill("100");
  await dialog.getByRole("button", { name: "Start" }).click();

  await dialog.getByText("It streams already, with other options. Stop it first.").waitFor();
  equal(bench.daemon.getDevice("meter1").status().options, { sample_rate: 20 });
});

browserTest("a stopped device has no rate, and the stop does not lower the rate after the next start", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  await bench.daemon.getDevice("meter1").startStreaming();
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByText(/Hz measured/).waitFor();
  await bench.daemon.getDevice("meter1").stopStreaming();
  await meter.getByText("Connected", { exact: true }).waitFor();
  match(await meter.innerText(), /no samples/);
  // A look from here may come when the rate is measured already.
  const words = await page.evaluateHandle(`(() => {
    const seen = [];
    const list = document.querySelector(".devices");
    new MutationObserver(() => seen.push(list.innerText))
      .observe(list, { subtree: true, characterData: true, childList: true });
    return seen;
  })()`);
  await bench.daemon.getDevice("meter1").startStreaming();
  await meter.getByText(/Hz measured/).waitFor();
  const streaming = (await words.jsonValue() as string[]).find((it) => it.includes("Streaming"));
  match(streaming ?? "", /rate not yet measured/);
});

browserTest(
  "the focus stays on a button whose word changes, and returns after a dialog is closed",
  async (page) => {
    await using bench = dashboard();
    await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
    await page.goto(bench.url("devices"));
    const meter = row(page, "meter1");
    await meter.getByRole("button", { name: "Connect" }).focus();
    await page.keyboard.press("Enter");
    await meter.getByText("Connected", { exact: true }).waitFor();
    await meter.getByRole("button", { name: "Disconnect" }).waitFor();
    await focus(page, "Disconnect meter1");

    await meter.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Keep it" }).click();
    await focus(page, "Remove meter1");
    await meter.getByRole("button", { name: "Start" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await focus(page, "Start meter1");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await focus(page, "Stop meter1");
  },
);

browserTest("a held key does not undo its action", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByRole("button", { name: "Disable" }).focus();
  await page.keyboard.down("Enter");
  await meter.getByText("Disabled", { exact: true }).waitFor();
  for (let n = 0; n < 5; n++) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await looks(page);
  equal(bench.daemon.getDevice("meter1").status().disabled, true);
});

browserTest("the issues of an earlier call go when its values are replaced", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  await page.goto(bench.url("devices/meter1"));
  const volts = page.getByLabel("Volts in V");
  for (const [text, outcome] of [["21", "→ 42"], ["99", "Failed"]]) {
    await volts.fill(text);
    await page.getByRole("button", { name: "Call scale" }).click();
    await page.locator(".calls li").filter({ hasText: `volts: ${text}` }).filter({ hasText: outcome }).waitFor();
  }
  await page.locator("[name=volts][aria-invalid=true]").waitFor();
  await page.getByRole("button", { name: /^Use again/ }).nth(1).click();
  equal([await volts.inputValue(), await volts.getAttribute("aria-invalid")], ["21", null]);
});

browserTest(
  "a device that was opened from far down a list begins at its top, and Back returns to the same place",
  async (page) => {
    await using bench = dashboard();
    for (let n = 0; n < 30; n++) await bench.daemon.addDevice(`meter${n}`, "Meter", { host: "10.0.0.7" });
    await page.goto(bench.url("devices"));
    const link = page.getByRole("link", { name: "meter25", exact: true });
    await link.waitFor();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    const place = await page.evaluate<number>("scrollY");
    await link.evaluate((it) => (it as unknown as { click(): void }).click());
    await page.getByRole("heading", { name: "meter25" }).waitFor();
    await scrolledTo(page, 0);
    await page.goBack();
    await scrolledTo(page, place);

    // The same without the browser's help, which a slow machine gives while the shorter page is still shown.
    await page.evaluate("void (history.scrollRestoration = 'manual')");
    await page.goForward();
    await page.getByRole("heading", { name: "meter25" }).waitFor();
    await page.evaluate("scrollTo(0, 0)");
    await page.goBack();
    await scrolledTo(page, place);
  },
);

browserTest("a running call is still shown as running after a visit to another page", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  const held = Promise.withResolvers<void>();
  await page.route("**/call", async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(bench.url("devices/meter1"));
  await page.getByRole("button", { name: "Call reset" }).click();
  await page.getByRole("link", { name: "All devices" }).click();
  await page.getByRole("link", { name: "meter1", exact: true }).click();
  await page.getByText("under way…").waitFor();
  equal(await page.getByRole("button", { name: "Call reset" }).isDisabled(), true);

  held.resolve();
  await page.getByText("It returned nothing").waitFor();
  equal(await page.getByRole("button", { name: "Call reset" }).isDisabled(), false);
});
