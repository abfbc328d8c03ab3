/// <reference lib="dom" />
/** Whoever follows docs/first-hour.md gets what it says. */
import { equal, ok } from "node:assert/strict";
import { projectOf } from "../testing/project.ts";
import { browserTest } from "../support/chromium.ts";
import { serveBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

const root = new URL("../../", import.meta.url);
const text = await Deno.readTextFile(new URL("docs/first-hour.md", root));

/** The command of the page that does this, as its words behind `deno`. */
function command(what: string): string[] {
  const line = text.match(RegExp(`^npx -y deno@[\\d.]+ (.*${what}.*)$`, "m"));
  ok(line, `docs/first-hour.md has no command with ${what}`);
  return line[1].split(" ");
}

browserTest(
  "docs/first-hour.md leads to a live plot of an own driver, and to its reload after a save",
  async (page) => {
    const shipped = await Deno.readTextFile(new URL("bench.yaml", root));
    await using bench = await serveBench(shipped, {
      drivers: ["streaming_daq.ts", "host_metrics.ts", "host_metrics.sh"],
    });
    await using project = await projectOf();
    const lap = stopwatch();

    // 4. One's own machine, live.
    await page.goto(bench.url);
    await page.getByRole("button", { name: "Actions on host1" }).click();
    await page.getByRole("group", { name: "Actions on host1" }).getByRole("link", { name: "Plot" }).click();
    await page.locator("canvas").first().waitFor();
    lap("from the address to the machine's own plot");

    // 5. A driver.
    const { code, err } = await project.deno(...command("new-driver my_laser"));
    equal(code, 0, err);
    lap("new-driver");
    const file = `${bench.folder}/drivers/my_laser.ts`;
    await Deno.copyFile(`${project.folder}/drivers/my_laser.ts`, file);
    await page.getByRole("link", { name: "Devices" }).click();
    await page.getByText("Add a device").click();
    await page.locator("option[value=MyLaser]").waitFor({ state: "attached" });
    lap("until it is in the page");

    // 6. A device of it.
    await page.getByLabel("Driver", { exact: true }).selectOption("MyLaser");
    await page.getByLabel("Name").fill("laser1");
    await page.getByRole("button", { name: "Add device" }).click();

    // 7. Watched.
    await page.getByRole("status").getByRole("link", { name: "laser1" }).click();
    await page.getByRole("button", { name: "Watch live" }).click();
    await page.getByRole("table").getByText(/^-?[\d.]+ m?V$/).first().waitFor();
    lap("from Add device to its first value");

    // 8. Changed.
    const [from, to] = /editor and write `(.+?)` instead of `(.+?)`/.exec(text)!.slice(1).reverse();
    const before = await Deno.readTextFile(file);
    ok(before.includes(from), `the driver has no ${from}`);
    await Deno.writeTextFile(file, before.replace(from, to));
    // Four times as fast, a wave at 10 Hz is after five samples what it was; before, after twenty.
    await using reader = await bench.open("/stream/devices/laser1");
    const samples: number[] = [];
    const repeats = () => Math.abs(samples.at(-1)! - samples.at(-6)!) < 1e-9 && samples.at(-1) !== samples.at(-2);
    await until("the wave is four times as fast", async () => {
      samples.push(Number((await reader.sample()).payload));
      return repeats();
    });
    lap("from saving to seeing it, of which half a second is the wave's");
  },
);

/** Prints the duration of each step, if requested. */
function stopwatch(): (step: string) => void {
  let start = performance.now();
  return (step) => {
    if (Deno.env.get("TIMES")) console.log(`${((performance.now() - start) / 1000).toFixed(2)} s  ${step}`);
    start = performance.now();
  };
}
