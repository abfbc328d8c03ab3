/** The page of the recordings. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "labdaemon/driver";
import { violationsOf } from "../support/axe.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

const Again = defineDriver({
  name: "Again",
  params: z.object({ recording: z.string().optional().meta({ format: "recording" }) }),
  create: () => ({}),
});

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
  equal(await violationsOf(page), []);
  await page.setViewportSize({ width: 380, height: 900 });
  equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);

  // A note that is written beside the plots is the recording's.
  await page.goto(`${served.origin}/#/plots?devices=daq1`);
  await page.getByLabel("Note").fill("lid open");
  await page.getByRole("button", { name: "Add note" }).click();
  await page.getByText("Noted in run 42.").waitFor();
  await page.goBack();
  await row.getByText("lid open").waitFor();
  await page.getByRole("button", { name: "Stop run 42" }).click();
  await row.getByText("stopped", { exact: true }).waitFor();
  equal(await row.getByRole("cell").nth(3).textContent(), "2");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "run 42 as CSV" }).click(),
  ]);
  equal(download.suggestedFilename(), "run-42.csv");
  match(await Deno.readTextFile(await download.path()), /,2\.5\n$/);

  // Its plot, and its lines over the live ones.
  await page.getByRole("link", { name: "Plot run 42" }).click();
  const plot = page.getByRole("region", { name: "daq1 · values" });
  await plot.getByRole("row").filter({ hasText: /value\s*1\.5\s*2\.5/ }).waitFor();
  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "run 42 as Parquet" }).click(),
  ]);
  equal(exported.suggestedFilename(), "run-42.parquet");
  await page.goBack();
  await row.getByRole("link", { name: "run 42", exact: true }).click();
  await plot.getByRole("row").filter({ hasText: /value\s*1\.5\s*2\.5/ }).waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "Compare run 42 with what is measured now" }).click();
  await page.getByText(/paler lines, as if it had begun at \d\d:\d\d:\d\d/).waitFor();
  equal(await page.getByLabel("Compare with").inputValue(), "run-42");
  await page.goBack();

  // As a device.
  bench.daemon.registerPlugins({ devices: { Again } });
  await page.goto(`${served.origin}/#/devices`);
  await page.getByText("Add a device").click();
  await page.getByLabel("Driver").selectOption("Again");
  await page.getByLabel("Name").fill("again1");
  const choice = page.getByLabel("Recording");
  await choice.selectOption("run-42");
  match(await choice.locator("option").last().textContent() ?? "", /^run-42: daq1, \d{4}-/);
  await page.getByRole("button", { name: "Add device" }).click();
  await page.getByText("Added again1").waitFor();
  equal(bench.daemon.getDevice("again1").status().params, { recording: "run-42" });
  await page.goto(`${served.origin}/#/recordings`);

  // The bench as it was: first the differences, then a question.
  await bench.device.setProperty("level", 5);
  await page.getByRole("button", { name: "Restore the bench as in run 42" }).click();
  const restore = page.getByRole("dialog");
  await restore.getByRole("button", { name: "Show the differences" }).click();
  await restore.getByText("daq1 level: 5 → 0").waitFor();
  equal(bench.instrument.level, 5);
  await restore.getByRole("button", { name: "Set 1 property" }).click();
  await restore.getByText("Was set:").waitFor();
  equal(bench.instrument.level, 0);
  await restore.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: "Delete run 42" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete run 42" }).click();
  await page.getByText("There is no recording yet.").waitFor();
});

browserTest("who may not delete a recording has no button for it", async (page) => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const { authorization: root } = await tokens.token("root", "admin");
  const { authorization: alice } = await tokens.token("alice", "control");
  const command = async (request: string, body: unknown) => {
    const { status } = await bench.ask(request, body, { host: "127.0.0.1", authorization: root });
    ok(status < 300, `${request}: ${status}`);
  };
  await command("POST /recordings", { name: "run 42", devices: ["daq1"] });
  await command("POST /recordings/run-42/stop", {});
  await using served = serveApp(() => bench.app);
  const logIn = async (authorization: string) => {
    await page.getByLabel("Token").fill(authorization.slice("Bearer ".length));
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator(".recordings tbody tr").getByText("stopped", { exact: true }).waitFor();
  };
  await page.goto(`${served.origin}/#/recordings`);
  await logIn(alice);
  equal(await page.getByRole("button", { name: "Delete run 42" }).count(), 0);
  await page.getByRole("button", { name: "Log out" }).click();
  await logIn(root);
  await page.getByRole("button", { name: "Delete run 42" }).waitFor();
});
