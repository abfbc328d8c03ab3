import { deepEqual, ok } from "node:assert/strict";
import { readCommandLine } from "../../../lib/cli/ctl/command_line.ts";
import { COMMANDS } from "../../../lib/cli/ctl/commands/mod.ts";
import { EXIT_CODES } from "../../../lib/cli/ctl/help.ts";

const page = await Deno.readTextFile(new URL("../../../docs/command-line.md", import.meta.url));

Deno.test("every command line in docs/command-line.md is one, and every command is shown", () => {
  const lines = [...page.matchAll(/^deno task (?:-q )?ctl (.*?)(?: [|>].*)?$/gm)].map(([, line]) => line.split(" "));
  const shown = lines.map((words) => readCommandLine(words, COMMANDS).command);

  deepEqual(COMMANDS.filter((command) => !shown.includes(command)), []);
});

Deno.test("docs/command-line.md tells every exit code", () => {
  for (const [code, meaning] of EXIT_CODES) ok(new RegExp(`\\| ${code} +\\| ${meaning}`).test(page), meaning);
});
