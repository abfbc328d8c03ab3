import { equal } from "node:assert/strict";
import { LAUNCH_SCRIPT } from "../../lib/host/launch_script.ts";
import { until } from "../support/until.ts";

Deno.test("a library that Deno has compiled before, and not again after a checkout, is compiled by one daemon only", async () => {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const [main, compiled, runs] = [`${folder}/main.ts`, `${folder}/deno/gen/file${folder}/main.ts.js`, `${folder}/runs`];
  await Deno.mkdir(compiled.replace(/\/[^/]*$/, ""), { recursive: true });
  const [earlier, before] = [new Date(Date.now() - 7_200_000), new Date(Date.now() - 3_600_000)];
  for (const [path, time] of [[compiled, earlier], [main, before]] as const) {
    await Deno.writeTextFile(path, "");
    await Deno.utime(path, time, time);
  }
  const launch = async (daemon: string) => {
    const program = ["/bin/sh", "-c", `echo "$1" >>${runs}`, "sh", daemon];
    const { success } = await new Deno.Command("/bin/sh", {
      args: ["-c", LAUNCH_SCRIPT, "sh", daemon, "unlimited", "unlimited", `${folder}/lib`, main, "", "", ...program],
      env: { DENO_DIR: `${folder}/deno`, TMPDIR: folder },
      stdin: "null",
    }).output();
    equal(success, true);
  };
  const runsOf = (daemon: string) => Deno.readTextFileSync(runs).split("\n").filter((it) => it === daemon).length;
  const isNewer = () => Deno.statSync(compiled).mtime! > Deno.statSync(main).mtime!;

  await launch("first");
  await until("it is compiled, and known to be", () => runsOf("first") === 2 && isNewer());
  await launch("second");
  equal(runsOf("second"), 1);
  await Deno.remove(folder, { recursive: true });
});
