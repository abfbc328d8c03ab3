import { deepStrictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import { until, within } from "../../support/until.ts";

const SCRIPT = join(import.meta.dirname!, "../../support/throwing_daemon.ts");

Deno.test("an error that a library leaves to no one is in the log, and the bench runs on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  await Deno.writeTextFile(`${folder}/bench.yaml`, "drivers: drivers\n");
  await Deno.mkdir(`${folder}/drivers`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", SCRIPT, "--config", `${folder}/bench.yaml`, "--port", "0"],
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  let isOver = false;
  child.status.then(() => isOver = true);
  const printed = { stdout: "", stderr: "" };
  const reading = (["stdout", "stderr"] as const).map(async (name) => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) printed[name] += text;
  });
  try {
    await until(() => `it is ready: ${printed.stderr}`, () => printed.stdout.includes("Ctrl-C"));
    const url = /https?:\/\/\S+/.exec(printed.stdout)![0];
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode("now\n"));
    await until(() => `it is in the log: ${printed.stderr}`, () => printed.stderr.includes("nothing catches this"));
    const health = await fetch(`${url}/health`);
    equal([health.status, (await health.json()).status], [200, "healthy"]);
    child.kill("SIGTERM");
    const { code } = await within(child.status, () => "it does not end");
    equal(code, 0);
    await input.close().catch(() => {});
  } finally {
    if (!isOver) child.kill("SIGKILL");
    await Promise.all(reading);
    await Deno.remove(folder, { recursive: true });
  }
});
