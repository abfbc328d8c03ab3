import { deepEqual, ok } from "node:assert/strict";
import type { Command } from "commander";
import { parse } from "../../../lib/cli/command_line.ts";
import { ctlProgram, EXIT_CODES } from "../../../lib/cli/ctl/run.ts";

const page = await Deno.readTextFile(new URL("../../../docs/command-line.md", import.meta.url));

Deno.test("every command line in docs/command-line.md is valid, and every command is shown", async () => {
  const lines = [...page.matchAll(/^deno task (?:-q )?ctl (.*?)(?: [|>].*)?$/gm)].map(([, line]) =>
    // A shell takes the quotes off.
    line.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"))
  );
  const shown = new Set<string>();
  const isRead = new Error("The command line is read: the command need not run");
  for (const line of lines) {
    const program = ctlProgram(() => {
      throw isRead;
    });
    program.hook("preAction", (_, command) => {
      // A command of a group is shown, and so is its group.
      shown.add(command.name()).add(command.parent!.name());
      throw isRead;
    });
    await parse(program, line).catch((error) => ok(error === isRead, `${line.join(" ")}: ${error}`));
  }

  const namesOf = ({ commands }: Command): string[] =>
    commands.flatMap((command) => command.commands.length ? namesOf(command) : [command.name()]);
  const all = namesOf(ctlProgram(() => {
    throw isRead;
  }));
  deepEqual(all.filter((name) => !shown.has(name)), []);
});

Deno.test("docs/command-line.md lists every exit code", () => {
  for (const [code, meaning] of EXIT_CODES) ok(new RegExp(`\\| ${code} +\\| ${meaning}`).test(page), meaning);
});
