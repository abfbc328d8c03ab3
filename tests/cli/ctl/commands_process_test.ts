import { deepStrictEqual as equal, match } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("drivers shows the error of a file that failed to load, also without a name", async () => {
  await using bench = await webBench();
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  await Deno.writeTextFile(`${folder}/broken.ts`, "export default {");
  await bench.daemon.loadDrivers(pathToFileURL(`${folder}/`));

  const { code, out, err } = await ctl(bench.app, ["drivers"]);

  equal([code, err], [0, ""]);
  match(out, /^TYPE.*\n(.*\n)* +broken\.ts +failed\n/);
  match(out, /\nCannot load broken\.ts: SyntaxError: .*\n +\|\n1 \| export default \{\n/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("ctl lease take runs a command under the lease, and releases it", async () => {
  await using bench = await webBench();
  const run = (code: string) => ctl(bench.app, ["lease", "take", "daq1", "--", "sh", "-c", code]);
  const { code, err } = await run('test -n "$LABDAEMON_LEASE"');
  equal([code, err], [0, "leased: daq1\n"]);
  const failed = await run("exit 3");
  equal(failed.code, 1);
  match(failed.err, /sh has ended with the exit code 3/);
  equal((await ctl(bench.app, ["lease", "list"])).out, "There are no leases\n");
});
