/**
 * The program `deno task serve`.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../errors.ts";
import { commandLine, parse, UsageError } from "../command_line.ts";
import { catchUncaught } from "../uncaught.ts";
import { declareOptions, type ServeOptions } from "./options.ts";
import { ProgramOutput } from "./program_output.ts";
import { runDaemon } from "./run_daemon.ts";

const logger = getLogger("labdaemon");

/** Runs the daemon until a signal ends it. Resolves to the exit code. */
export async function serve(args: readonly string[], version: string): Promise<number> {
  const output = new ProgramOutput();
  // Each is a defect, and the bench runs on.
  catchUncaught((cause) => logger.error("A defect of LabDaemon: {error}", { error: messageOf(cause), cause }));
  const code = await runProgram(args, version, output).then(() => 0, (error) => {
    output.fail(error);
    return error instanceof UsageError ? 2 : 1;
  });
  await output.flush();
  return code;
}

async function runProgram(args: readonly string[], version: string, output: ProgramOutput): Promise<void> {
  const help = { out: (text: string) => output.out(text), err: (text: string) => output.err(text), columns: 100 };
  const program = commandLine("deno task serve", "LabDaemon: one process that owns the instruments of a bench", help);
  declareOptions(program).action((options: ServeOptions) => runDaemon(options, version, output));
  await parse(program, args);
}
