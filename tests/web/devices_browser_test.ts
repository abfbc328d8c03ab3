import { deepEqual as equal, match, ok } from "node:assert/strict";
import { browserTest } from "../support/chromium.ts";
import { until } from "../support/until.ts";
import { crowd, dashboard, dashboardWithFiles, dial, looks, row } from "./devices_bench.ts";

browserTest(
  "an empty bench shows the first step, and a device is added by its driver's form",
  async (page) => {
    await using bench = dashboard();
    await page.goto(bench.url("devices"));
    await page.getByText("There is no device yet.").waitFor();

    await page.getByLabel("Driver").selectOption({ label: "Meter: A meter with every kind of parameter" });
    equal(await page.getByLabel("Port").inputValue(), "5025");
    // A keypad for digits has neither point nor exponent.
    const keypads = [page.getByLabel("Port"), page.getByLabel("Gain")].map((it) => it.getAttribute("inputmode"));
    equal(await Promise.all(keypads), ["numeric", null]);
    await page.getByRole("textbox", { name: "Gain in dB", description: /At most 100 dB/ }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("meter1");
    await page.getByLabel("Host").fill("10.0.0.7");
    await page.getByLabel("Channels").fill("2, 3");
    await page.getByLabel("Kind of Trigger").selectOption("edge");
    await page.getByLabel("Level").fill("1.5");
    await page.getByRole("button", { name: "Remove Names 1" }).click();
    await page.getByRole("button", { name: "Add device" }).click();

    await row(page, "meter1").getByText("Connected", { exact: true }).waitFor();
    const { params } = bench.daemon.getDevice("meter1").status();
    const { host, channels, trigger, names, gain } = params;
    equal({ host, channels, trigger, names, gain }, {
      host: "10.0.0.7",
      channels: [2, 3],
      trigger: { by: "edge", level: 1.5 },
      names: ["right"],
      gain: 1,
    });
    // It is cleared by the answer, which may come behind the event.
    await until("the form is empty", async () => await page.getByLabel("Host").inputValue() === "");
  },
);

browserTest("the daemon's issues stand beside their fields, and the entries stay", async (page) => {
  await using bench = dashboard();
  await page.goto(bench.url("devices"));
  await page.getByLabel("Driver").selectOption("Meter");
  await page.getByLabel("Name", { exact: true }).fill("meter1");
  await page.getByLabel("Host").fill("the lab");
  await page.getByLabel("Gain").fill("1000");
  await page.getByLabel("Names 2").fill("x");
  await page.getByLabel("Low").fill("1e1");
  await page.getByRole("button", { name: "Add device" }).click();

  const host = page.getByRole("textbox", { name: "Host" });
  await page.locator("[name='params.host']:focus").waitFor();
  for (
    const [field, issue] of [[host, /IPv4/], [page.getByLabel("Gain"), /at most 100, found 1000/], [
      page.getByLabel("Names 2"),
      /2/,
    ]] as const
  ) {
    equal(await field.getAttribute("aria-invalid"), "true");
    const ids = (await field.getAttribute("aria-describedby"))!.split(" ");
    match(await page.locator(`[id="${ids.at(-1)}"]`).innerText(), issue);
  }
  equal(await host.inputValue(), "the lab");
  equal(await page.getByLabel("Low").inputValue(), "1e1");

  await host.fill("10.0.0.7");
  equal(await host.getAttribute("aria-invalid"), null);
  await page.getByLabel("Gain").fill("10");
  await page.getByLabel("Names 2").fill("right side");
  await page.getByLabel("Name", { exact: true }).press("Enter");
  await row(page, "meter1").waitFor();

  await page.getByLabel("Name", { exact: true }).fill("meter1");
  await page.getByLabel("Host").fill("10.0.0.8");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("there is one already").waitFor();
  equal(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid"), "true");

  await page.getByLabel("Driver").selectOption({ label: "A class of a Python package…" });
  await page.getByLabel("Name", { exact: true }).fill("laser1");
  await page.getByLabel("Class").fill("python:package_that_is_nowhere.Laser");
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText(/Cannot load .*Laser/).waitFor();
});

browserTest(
  "entries survive a poll and a reload of the driver",
  async (page) => {
    await using bench = await dashboardWithFiles("dial.ts");
    await page.goto(bench.url("devices"));
    await page.getByLabel("Driver").selectOption("Dial");
    const port = page.getByLabel("Port");
    await port.pressSequentially("COM");
    await looks(page);
    await Deno.writeTextFile(`${bench.folder}/dial.ts`, dial("port: z.string(), speed: z.number().default(9600)"));
    await bench.daemon.loadDrivers(bench.folder);
    await page.getByLabel("Speed").waitFor();
    await page.keyboard.type("3");

    equal(await port.inputValue(), "COM3");
  },
);

browserTest("a device without its cable shows it and retries; with the cable back it streams", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  bench.cable.isIn = false;
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByRole("button", { name: "Connect" }).click();

  await meter.getByText("Trying again", { exact: true }).waitFor();
  await meter.getByText("Cannot reach the meter: the cable is out").waitFor();
  await meter.getByText(/^Next try in [\d.]+ s|^The next try is due/).waitFor();
  equal(await meter.getByText("Cannot reach the meter").count(), 1);

  bench.cable.isIn = true;
  await meter.getByRole("button", { name: "Try now" }).click();
  await meter.getByText("Connected", { exact: true }).waitFor();
  await meter.getByText("Earlier error").waitFor();
  await meter.getByRole("button", { name: "Dismiss" }).click();
  await meter.getByText("Earlier error").waitFor({ state: "detached" });
  equal(bench.daemon.getDevice("meter1").lastError, undefined);
});

browserTest("a slow connect is shown as running, and can be cancelled", async (page) => {
  await using bench = dashboard();
  bench.cable.isSlow = true;
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByRole("button", { name: "Connect" }).click();
  await meter.getByText("Connecting", { exact: true }).waitFor();
  await meter.getByRole("button", { name: "Disconnect" }).click();

  await meter.getByText("Disconnected", { exact: true }).waitFor();
  equal(await meter.getByRole("alert").innerText(), "");
});

browserTest("the start dialog asks for the options of the run, filled in from the bench file", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" }, { options: { sample_rate: 20 } });
  await bench.daemon.getDevice("meter1").connect();
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  const started = meter.getByRole("button", { name: "Start" });
  await started.click();
  const dialog = page.getByRole("dialog", { name: "Start meter1" });
  const rate = dialog.getByLabel("Sample rate");
  equal(await rate.inputValue(), "20");
  await rate.fill("5000");
  await dialog.getByRole("button", { name: "Start" }).click();
  await dialog.locator(".issue").waitFor();
  await rate.fill("100");
  await page.keyboard.press("Enter");

  await meter.getByText("Streaming", { exact: true }).waitFor();
  await meter.getByText(/^[\d.]+ Hz measured$/).waitFor();
  equal(bench.daemon.getDevice("meter1").status().options, { sample_rate: 100 });
  await meter.getByRole("button", { name: "Stop" }).click();
  await meter.getByText("Connected", { exact: true }).waitFor();
});

browserTest(
  "a device is disabled and enabled; a removal asks first and names what is lost",
  async (page) => {
    await using bench = dashboard();
    await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
    await page.goto(bench.url("devices"));
    const meter = row(page, "meter1");
    const button = (name: string) => meter.getByRole("button", { name });
    equal(await button("Start").isDisabled(), true);
    await button("Disable").click();
    await meter.getByText("Disabled", { exact: true }).waitFor();
    equal(await button("Connect").isDisabled(), true);
    await button("Enable").click();
    await meter.getByText("Disconnected", { exact: true }).waitFor();

    await button("Remove").click();
    const dialog = page.getByRole("dialog", { name: "Remove meter1?" });
    match(await dialog.innerText(), /it has no readers[^]*no samples/);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await button("Remove").and(page.locator(":focus")).waitFor();
    await button("Remove").click();
    await dialog.getByRole("button", { name: "Remove meter1" }).click();
    await page.getByText("There is no device yet.").waitFor();
    equal(bench.daemon.devices(), []);
  },
);

browserTest("a failed action shows its error at its buttons until it is closed", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  const meter = row(page, "meter1");
  await meter.getByRole("button", { name: "Connect" }).waitFor();
  // Another client is faster.
  await page.route("**/connect", async (route) => {
    await bench.daemon.getDevice("meter1").disable();
    await route.continue();
  });
  await meter.getByRole("button", { name: "Connect" }).click();

  const shown = meter.getByRole("alert");
  await shown.getByText(/Connect failed\..*it is disabled/).waitFor();
  await looks(page);
  equal(await shown.getByText("Connect failed.").isVisible(), true);
  await shown.getByRole("button", { name: "Close" }).click();
  equal(await shown.innerText(), "");
});

browserTest("a missing permission is shown with the line that grants it", async (page) => {
  await using bench = await dashboardWithFiles("nosy.ts");
  await bench.daemon.addDevice("nosy1", "Nosy", { read: ["/etc/hostname"] });
  await bench.daemon.getDevice("nosy1").connect();
  await page.goto(bench.url("devices/nosy1"));
  await page.getByText("Technical facts").click();
  await page.getByText("read files: /etc/hostname").waitFor();
  await page.locator("#method-read summary").click();
  await page.locator("#method-read").getByLabel("Path").fill("/etc/passwd");
  await page.getByRole("button", { name: "Call read" }).click();

  await page.locator(".note code").filter({ hasText: 'permissions: { add: { read: ["/etc/passwd"] } }' }).waitFor();
});

browserTest(
  "with a hundred devices the focus, the selection and the scroll position survive every poll",
  async (page) => {
    await using bench = await crowd(100);
    await page.goto(bench.url("devices"));
    const last = row(page, "meter99");
    const connect = last.getByRole("button", { name: "Connect" });
    await connect.focus();
    const place = await page.evaluate<number>("scrollY");
    ok(place > 1000);
    const name = await last.getByRole("link", { name: "meter99", exact: true }).elementHandle();
    await name!.evaluate((it) => it.ownerDocument.getSelection()!.selectAllChildren(it));
    await looks(page, 3);

    equal(await page.evaluate("[scrollY, String(getSelection())]"), [place, "meter99"]);
    equal(await connect.evaluate((it) => it === it.ownerDocument.activeElement), true);
    equal(await name!.evaluate((it) => it.isConnected), true);
    await page.getByLabel("Find").fill("meter9 disconnected");
    await page.getByText("11 devices").waitFor();
  },
);

browserTest(
  "during an outage everything stays readable and no button works; afterwards the page continues",
  async (page) => {
    await using bench = dashboard();
    await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
    await page.goto(bench.url("devices"));
    const meter = row(page, "meter1");
    await page.getByText("Add a device").click();
    await page.getByLabel("Driver").selectOption("Meter");
    await page.getByLabel("Host").fill("10.0.0.9");
    await bench.goDown();
    await page.getByText("The daemon does not answer.").waitFor();
    equal(await meter.getByRole("button", { name: "Connect" }).isDisabled(), true);
    equal(await page.getByRole("button", { name: "Add device" }).isDisabled(), true);

    await bench.comeBack();
    await page.getByText("The daemon does not answer.").waitFor({ state: "detached" });
    equal(await page.getByLabel("Host").inputValue(), "10.0.0.9");
    await meter.getByRole("button", { name: "Connect" }).click();
    await meter.getByText("Connected", { exact: true }).waitFor();
  },
);

browserTest("during an outage no device looks alive: no state, no rate, no running time", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await bench.daemon.getDevice("meter1").connect();
  await bench.daemon.getDevice("meter1").startStreaming();
  await page.goto(bench.url("devices"));
  await row(page, "meter1").getByText(/Hz measured/).waitFor();
  match(await page.locator(".state").innerText(), /for [\d.]+ s · samples arrive/);
  await bench.goDown();
  await page.getByText("The daemon does not answer.").waitFor();

  const list = await page.locator("main").innerText();
  match(list, /1 device, unknown now; last known: 1 streaming/);
  match(list, /Unknown · was streaming\s+the daemon does not answer[^]*rate unknown/);
  equal(await page.locator(".state .good").count(), 0);
  await page.getByRole("link", { name: "meter1", exact: true }).click();
  await page.locator(".state").getByText("Unknown · was streaming", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Plots" }).click();
  await page.locator("label").getByText("Unknown · was streaming", { exact: true }).waitFor();
});

browserTest(
  "a tab that becomes visible again shows the time of the last answer, not of the first failure",
  async (page) => {
    await using bench = dashboard();
    const [then, now] = [Date.UTC(2026, 0, 1, 12), Date.UTC(2026, 0, 1, 14)];
    await page.clock.setFixedTime(then);
    // The daemon's clock agrees.
    const health = { status: "healthy", timestamp: new Date(then).toISOString() };
    await page.route("**/health", (route) => route.fulfill({ json: health }));
    await page.goto(bench.url("devices"));
    await page.getByText("There is no device yet.").waitFor();
    // Hours may lie between an answer and the next question.
    await page.route(/\/(devices|drivers|health)$/, async (route) => {
      await page.clock.setFixedTime(now);
      await route.abort();
    });

    const time = await page.evaluate<string>(`new Date(${then}).toLocaleTimeString("en-GB")`);
    await page.getByText(`This page shows the values of ${time}, its last answer`).waitFor();
  },
);

browserTest("a screen reader announces each change of state once, and nothing else", async (page) => {
  await using bench = dashboard();
  await bench.daemon.addDevice("meter1", "Meter", { host: "10.0.0.7" });
  await page.goto(bench.url("devices"));
  await row(page, "meter1").waitFor();
  const news = page.locator("h1 + [role=status]");
  await looks(page);
  equal(await news.innerText(), "");
  await bench.daemon.getDevice("meter1").connect();
  await news.filter({ hasText: /^meter1: Connected$/ }).waitFor();
});
