/** The pages of the tasks. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { violationsOf } from "../support/axe.ts";
import { z } from "zod";
import { defineTask } from "../../lib/task/mod.ts";
import Scan from "../../tasks/scan.ts";
import Sequence from "../../tasks/sequence.ts";
import { browserTest } from "../support/chromium.ts";
import { serveApp } from "../support/served_app.ts";
import { webBench } from "../support/web_bench.ts";

const Asks = defineTask({
  name: "Asks",
  params: z.object({ text: z.string() }),
  run: async (context) => await context.askPerson(context.params.text, ["yes", "no"]),
});

browserTest(
  "a person starts a scan by its form, watches it, answers a question of another task, and cancels a third",
  async (page) => {
    await using bench = await webBench();
    await bench.device.connect();
    for (const task of [Scan, Sequence, Asks]) bench.tasks.types.register(task);
    await using served = serveApp(() => bench.app);
    await page.goto(`${served.origin}/#/tasks`);
    await page.getByText("No task was started yet.").waitFor();

    await page.getByLabel("Type").selectOption("Scan");
    await page.getByLabel("Name of this run").fill("scan1");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    // The daemon says what is missing, beside the field.
    await page.locator("[data-wrong=true]").getByLabel("Property").waitFor();
    await page.getByLabel("Property").fill("level");
    await page.getByLabel("To", { exact: true }).fill("4");
    await page.getByLabel("Points").fill("5");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("Started scan1.").waitFor();
    const row = page.locator(".tasks tbody tr").filter({ hasText: "scan1" });
    await row.getByText("completed").waitFor();
    match(await row.textContent() ?? "", /100 %, level 4/);

    await page.getByLabel("Type").selectOption("Sequence");
    equal(await page.getByLabel("Steps").evaluate((it) => it.tagName), "TEXTAREA");
    await page.getByLabel("Type").selectOption("Asks");
    await page.getByLabel("Name of this run").fill("ask1");
    await page.getByLabel("Text").fill("Is the sample in?");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const question = page.getByRole("group", { name: "Question of ask1" });
    await question.getByText("Is the sample in?").waitFor();
    equal(await violationsOf(page), []);
    await question.getByRole("button", { name: "yes, for ask1" }).click();
    await page.locator(".tasks tbody tr").filter({ hasText: "ask1" }).getByText("completed").waitFor();

    await page.getByLabel("Name of this run").fill("ask2");
    await page.getByLabel("Text").fill("For ever?");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("button", { name: "Cancel ask2" }).click();
    await page.locator(".tasks tbody tr").filter({ hasText: "ask2" }).getByText("cancelled").waitFor();

    // The page of one task: its points are drawn over what was set, and its failure or its result is there.
    await page.setViewportSize({ width: 380, height: 900 });
    await page.getByRole("link", { name: "scan1" }).first().click();
    await page.getByText('{"points": 5}').waitFor();
    await page.getByText("5 done, the last one: point 5").waitFor();
    equal(await violationsOf(page), []);
    equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  },
);
