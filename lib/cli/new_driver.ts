/**
 * `deno task new-driver my_laser`: writes a driver and its test to begin with. Exit codes: 0, 1 if the file exists, 2 for
 * wrong usage.
 *
 * @module
 */
import { Option } from "commander";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { LabError, messageOf } from "../errors.ts";
import { KINDS, LANGUAGES, newDriver } from "../testing/new_driver.ts";
import { commandLine, parse } from "./command_line.ts";

const program = commandLine("deno task new-driver", "Writes a driver and its test to begin with")
  .argument("<name>", "in snake_case: my_laser becomes drivers/my_laser.ts with the device type MyLaser")
  .addOption(
    new Option("--kind <kind>", "the kind of driver").choices(Object.keys(KINDS)).default("generator"),
  )
  .addOption(
    new Option("--language <language>", "of the driver and its test; the kind yaml has none")
      .choices(Object.keys(LANGUAGES)).default("typescript"),
  )
  .addHelpText(
    "after",
    ["\nKinds:", ...Object.entries(KINDS).map(([kind, use]) => `  ${kind.padEnd(10)}  ${use}`)].join("\n"),
  )
  .action(async (name: string, { kind, language }: { kind: string; language: string }) => {
    const { type, driver, test } = await newDriver(name, { kind, language });
    const [driverFile, testFile] = [driver, test].map((file) => relative(Deno.cwd(), fileURLToPath(file)));
    const runTest = language === "python"
      ? `PYTHONPATH=python python3 ${testFile}`
      : `deno test --allow-all ${testFile}`;
    const address = { line: "host", serial: "port" }[kind];
    const params = address ?? (kind === "yaml" ? "host" : undefined);
    const check = address ? ` --params '{"${address}": "…"}'` : kind === "yaml" ? " --fake" : "";
    const page = language === "python" ? "drivers-in-python" : kind === "yaml" ? "yaml-drivers" : "writing-drivers";
    console.log(`${driverFile} is the driver of ${type}, ${testFile} is its test. Next:

  ${runTest}
  deno task check-driver ${driverFile}${check}
${address ? "\nThe check connects to the instrument: replace … by its address, and switch it on first.\n" : ""}
A daemon that runs has loaded the driver: add a device of the type ${type} in its page. To have one at every start,
put it on the bench, in bench.yaml, under devices${params ? ", with its address in place of …" : ""}:

  - id: ${name}1
    driver: ${type}${params ? `\n    params: { ${params}: "…" }` : ""}

Then read docs/${page}.md.`);
  });

await parse(program, Deno.args).catch((error) => {
  console.error(messageOf(error));
  Deno.exitCode = error instanceof LabError && error.type === "FileExists" ? 1 : 2;
});
