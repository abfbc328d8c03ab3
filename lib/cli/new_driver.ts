/**
 * `deno task new-driver my_laser`: writes a driver and its test to begin with.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LabError, messageOf } from "../errors.ts";
import { KINDS, newDriver } from "../testing/new_driver.ts";

const USAGE = `deno task new-driver NAME [--kind KIND]

  NAME    in snake_case: my_laser becomes drivers/my_laser.ts, and the device type MyLaser
  --kind  ${Object.entries(KINDS).map(([kind, what]) => `${kind.padEnd(10)} ${what}`).join("\n          ")}
          (generator, unless another is asked for)`;

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { kind: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) console.log(USAGE);
  else {
    if (positionals.length !== 1) throw new Error(`Cannot make a driver: name one, found ${positionals.length} names`);
    const { type, driver, test } = await newDriver(positionals[0], { kind: values.kind });
    const [driverFile, testFile] = [driver, test].map((file) => relative(Deno.cwd(), fileURLToPath(file)));
    const needsInstrument = values.kind === "line";
    console.log(`${driverFile} is the driver of ${type}, ${testFile} is its test. Next:

  deno test --allow-all ${testFile}
  deno task check-driver ${driverFile}${needsInstrument ? ` --params '{"host": "…"}'` : ""}
${needsInstrument ? "\nThe check talks to the instrument: put its address for …, and switch it on first.\n" : ""}
A daemon that runs has loaded it: add a device of the type ${type} in its page. To have one at every start,
put it on the bench, in bench.yaml, under devices:

  - id: ${positionals[0]}1
    driver: ${type}

How to go on: docs/writing-drivers.md`);
  }
} catch (error) {
  // Who asked properly need not be told how to.
  const isTaken = error instanceof LabError && error.type === "FileExists";
  console.error(isTaken ? error.message : `${messageOf(error)}\n\n${USAGE}`);
  Deno.exitCode = isTaken ? 1 : 2;
}
