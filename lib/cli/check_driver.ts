/**
 * `deno task check-driver drivers/my_laser.ts`: says for each rule whether the driver keeps it. Exits with 1 if it breaks
 * one, with 2 if it was not asked properly.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { messageOf } from "../errors.ts";
import { checkDriver } from "../testing/check_driver.ts";
import { report } from "../testing/report.ts";

const USAGE = `deno task check-driver FILE [--params JSON] [--options JSON] [--json]

  --params   what makes the device, as under params: in the bench file: '{"host": "192.168.1.20"}'
  --options  what shapes its runs: '{"sample_rate": 100}'
  --json     print the results for a program

The suite connects to the instrument, streams and disconnects. It calls no method.`;

function object(flag: string, text = "{}"): Record<string, unknown> {
  const value = JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`--${flag} must be a JSON object, found ${text}`);
}

function ask() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      params: { type: "string" },
      options: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (positionals.length !== 1 && !values.help) throw new Error(`name one driver file, found ${positionals.length}`);
  const [params, options] = [object("params", values.params), object("options", values.options)];
  return { file: positionals[0], params, options, json: values.json, help: values.help };
}

try {
  const { file, params, options, json, help } = ask();
  if (help) console.log(USAGE);
  else {
    const results = await checkDriver(file, { params, options });
    console.log(json ? JSON.stringify(results, null, 2) : report(file, results));
    if (results.some(({ status }) => status === "failed")) Deno.exitCode = 1;
  }
} catch (error) {
  console.error(`Cannot check a driver: ${messageOf(error)}\n\n${USAGE}`);
  Deno.exitCode = 2;
}
