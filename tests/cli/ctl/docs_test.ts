import { deepEqual, ok } from "node:assert/strict";
import type { Command } from "commander";
import { parse } from "../../../lib/cli/command_line.ts";
import { ctl } from "./ctl_bench.ts";
import { ctlProgram, EXIT_CODES } from "../../../lib/cli/ctl/run.ts";

const page = await Deno.readTextFile(new URL("../../../docs/command-line.md", import.meta.url));

Deno.test("every command line in docs/command-line.md is valid, and every command is shown", async () => {
  const lines = [...page.matchAll(/^deno task (?:-q )?ctl (.*?)(?: [|>].*)?$/gm)].map(([, line]) =>
    // As a shell splits it: a word in quotes may have spaces.
    line.match(/'[^']*'|"[^"]*"|\S+/g)!.map((word) => word.replace(/^(['"])(.*)\1$/, "$2"))
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

Deno.test("the help of every command has examples, which are lines of docs/command-line.md", async () => {
  const shown = new Set([...page.matchAll(/^deno task (?:-q )?(ctl .*)$/gm)].map(([, line]) => line));
  const check = async (command: Command, path: string[]) => {
    for (const each of command.commands) await check(each, [...path, each.name()]);
    if (command.commands.length > 0) return;
    const { out } = await ctl({ fetch: () => Promise.reject(new TypeError("no daemon")) }, [...path, "--help"]);
    const examples = [...out.matchAll(/^ {2}deno task (ctl .*)$/gm)].map(([, line]) => line);
    ok(examples.length > 0, path.join(" "));
    deepEqual(examples.filter((line) => !shown.has(line)), []);
  };
  await check(
    ctlProgram(() => {
      throw new Error("no command runs here");
    }),
    [],
  );
});

Deno.test("docs/command-line.md lists every exit code", () => {
  for (const [code, meaning] of EXIT_CODES) ok(new RegExp(`\\| ${code} +\\| ${meaning}`).test(page), meaning);
});
