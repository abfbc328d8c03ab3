/** Drivers in Python with packages of their own, and classes of packages that have no driver file. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { openBench } from "../../lib/bench/open_bench.ts";
import { collectLog } from "../support/log.ts";
import { python, pythonTest } from "../support/python.ts";
import type { LabError } from "../../lib/mod.ts";

const DRIVER = (name: string) => `
import vendor
from labdaemon.driver import driver

@driver(name="${name}", python="envs/${name}")
class ${name}:
    def version(self):
        return vendor.VERSION
`;

await pythonTest(
  "two drivers have different versions of a package at once, and a class of a package is a driver",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, version] of [["One", 1], ["Two", 2]] as const) {
        const environment = `${folder}/drivers/envs/${name}`;
        equal((await python("-m", "venv", "--without-pip", environment)).code, 0);
        const [{ name: lib }] = await Array.fromAsync(Deno.readDir(`${environment}/lib`));
        await Deno.writeTextFile(`${environment}/lib/${lib}/site-packages/vendor.py`, `VERSION = ${version}`);
        await Deno.writeTextFile(`${folder}/drivers/${name}.py`, DRIVER(name));
      }
      const bench = parseBench(
        `devices:
  - { id: one, driver: One }
  - { id: two, driver: Two }
  - { id: dice, driver: "python:random.Random" }
  - { id: absent, driver: "python:package_that_is_nowhere.Laser" }
`,
        `${folder}/bench.yaml`,
      );
      using _ = collectLog();
      await using daemon = await openBench(bench);
      const [one, two, dice, absent] = daemon.devices();
      await Promise.all([one, two, dice].map((device) => device.connect()));
      equal([await one.call("version"), await two.call("version")], [1, 2]);
      equal(dice.status().device_type, "Random");
      equal(await dice.call("randrange", [5, 6]), 5);
      const error = await absent.connect().then(() => undefined, (error: LabError) => error);
      match(String(error?.message), /No module named 'package_that_is_nowhere'\. Install it with: .+/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
