/**
 * `deno task check-driver drivers/my_laser.ts`: shows for each rule whether the driver keeps it. Exit codes: 0, 1 if it breaks
 * a rule, 2 for wrong usage.
 *
 * @module
 */
import { resolve } from "node:path";
import { messageOf } from "../errors.ts";
import { checkDriver } from "../testing/check_driver.ts";
import { fakeInstrument } from "../testing/fakes/fake_instrument.ts";
import { addressed } from "./addressed.ts";
import { report } from "../testing/report.ts";
import { commandLine, jsonObject, parse } from "./command_line.ts";

/** The options as commander reads them. */
interface CheckOptions {
  params?: Record<string, unknown>;
  options?: Record<string, unknown>;
  fake?: true;
  transcript?: string;
  device?: string;
  json?: true;
}

/** Loads the modules that only fakes need, such as the parsers of YAML and MQTT. */
async function fakeOf(file: string) {
  const { fakeFromYaml } = await import("../testing/fakes/mod.ts");
  return await fakeFromYaml(file);
}

/** A relative path is one of LabDaemon's folder, in which the task runs: the error has the whole path. */
async function assertIsThere(file: string): Promise<void> {
  const isMissing = await Deno.stat(file).then(() => false, (error) => error instanceof Deno.errors.NotFound);
  if (isMissing) throw new Error(`there is no file ${resolve(file)}`);
}

const program = commandLine("deno task check-driver", "Checks for each rule whether a driver keeps it")
  .argument("<file>", "the driver file")
  .option("--params <json>", `the params of a device, as in the bench file: '{"host": "192.168.1.20"}'`, jsonObject)
  .option("--options <json>", `the options of its runs: '{"sample_rate": 100}'`, jsonObject)
  .option("--fake", "of a YAML driver: check it with the fake instrument that the file gives")
  .option(
    "--transcript <file>",
    "check it with what the real instrument answered: an export of a recording as JSON lines",
  )
  .option("--device <id>", "the device of a transcript of several")
  .option("--json", "print the results for a program")
  .addHelpText(
    "after",
    "\nWith --transcript, {host}, {port} and {serial_port} in the params are those of the fake instrument;" +
      "\nwithout any, they are the params host and port." +
      "\nThe suite connects to the instrument, reads its properties, streams and disconnects. It calls no method and sets nothing.",
  )
  .action(async (file: string, { params, options, fake, transcript, device, json }: CheckOptions) => {
    await assertIsThere(file);
    await using recorded = transcript === undefined
      ? undefined
      : fakeInstrument({ transcript: await Deno.readTextFile(transcript), device });
    await using made = fake && await fakeOf(file);
    await using at = recorded && await addressed(params ?? {}, recorded);
    const results = await checkDriver(file, {
      params: at?.params ?? { ...made?.params, ...params },
      options: options ?? {},
      instrument: at?.instrument ?? (made || undefined),
    });
    console.log(json ? JSON.stringify(results, null, 2) : report(file, results));
    if (results.some(({ status }) => status === "failed")) Deno.exitCode = 1;
  });

await parse(program, Deno.args).catch((error) => {
  console.error(`Cannot check a driver: ${messageOf(error)}`);
  Deno.exitCode = 2;
});
