import { deepEqual, match } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("drivers shows the error of a file that failed to load, also without a name", async () => {
  await using bench = await webBench();
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  await Deno.writeTextFile(`${folder}/broken.ts`, "export default {");
  await bench.daemon.loadDrivers(pathToFileURL(`${folder}/`));

  const { code, out, err } = await ctl(bench.app, ["drivers"]);

  deepEqual([code, err], [0, ""]);
  match(out, /^TYPE.*\n(.*\n)* +broken\.ts +failed\n/);
  match(out, /\nCannot load broken\.ts: SyntaxError: .*\n +\|\n1 \| export default \{\n/);
  await Deno.remove(folder, { recursive: true });
});
