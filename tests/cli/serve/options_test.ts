import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { commandLine, parse, UsageError } from "../../../lib/cli/command_line.ts";
import { declareOptions, readLogSettings, type ServeOptions } from "../../../lib/cli/serve/options.ts";

/** The options of a command line. */
async function read(...args: string[]): Promise<ServeOptions> {
  const program = declareOptions(commandLine("deno task serve", ""));
  let found: ServeOptions | undefined;
  program.action((options) => void (found = options));
  await parse(program, args);
  return found!;
}

Deno.test("a misspelt option is answered with the one that was meant, as it is written: --no-reload", async () => {
  const cases: [args: string[], message: string][] = [
    [["--prot", "1"], "Unknown option '--prot'. Did you mean --port? Help: deno task serve --help"],
    [["--no-relaod"], "Unknown option '--no-relaod'. Did you mean --no-reload? Help: deno task serve --help"],
    [["--port"], "Option '--port <number>' argument missing. Help: deno task serve --help"],
    [["5000"], "Too many arguments. Expected 0 arguments but got 1: 5000. Help: deno task serve --help"],
  ];
  for (const [args, message] of cases) await rejects(read(...args), { name: "LabError", message });
});

Deno.test("reload is on by default and switched off by --no-reload; watch has no default", async () => {
  deepEqual([(await read()).reload, (await read("--no-reload")).reload, (await read("--reload")).reload], [
    true,
    false,
    true,
  ]);
  deepEqual([(await read()).watch, (await read("--watch")).watch, (await read("--no-watch")).watch], [
    undefined,
    true,
    false,
  ]);
});

Deno.test("--log-level may be given several times", async () => {
  const { level, categories } = readLogSettings(await read("--log-level", "error", "--log-level=http=debug"));

  equal(level, "error");
  deepEqual(categories, { http: "debug" });
});

Deno.test("an option's wrong value is wrong usage", async () => {
  const options = await read("--log-level", "loud");
  try {
    readLogSettings(options);
  } catch (error) {
    equal(error instanceof UsageError, true);
    return match(String(error), /--log-level: there is no level "loud"/);
  }
  throw new Error("the level was accepted");
});
