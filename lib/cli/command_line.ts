/**
 * The command lines of all programs: one look of help and errors, on commander.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { LabError, messageOf } from "../errors.ts";
import { parseDuration } from "../format/duration.ts";
import { parseExactJson } from "../format/exact_json.ts";

/** The command line is wrong. The exit code is then 2. */
export class UsageError extends LabError {
  constructor(message: string, cause?: unknown) {
    super("InvalidRequest", message, { cause });
  }
}

/** The outputs of help. */
export interface HelpOutput {
  out(text: string): void;
  err(text: string): void;
  /** The width of a line. */
  columns: number;
}

const CONSOLE: HelpOutput = {
  out: (text) => console.log(text.trimEnd()),
  err: (text) => console.error(text.trimEnd()),
  columns: 100,
};

/**
 * A command line without options yet.
 *
 * @param name The program as a person calls it, such as `deno task ctl`.
 */
export function commandLine(name: string, description: string, { out, err, columns }: HelpOutput = CONSOLE): Command {
  return new Command(name)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      // Commander would read the environment, which these programs may not.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // The caller of `parse` prints errors.
      outputError: () => {},
    });
}

/**
 * Reads a command line and runs its action. Resolves to false if the command line only asked for help.
 *
 * @throws {UsageError} if the command line is wrong, and any error of the action.
 */
export async function parse(program: Command, args: readonly string[]): Promise<boolean> {
  // `deno task ctl -- list` passes the first -- on.
  const given = args[0] === "--" ? args.slice(1) : args;
  try {
    await program.parseAsync(given, { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    // Help has been shown in place of a message.
    if (error.code === "commander.help") throw new UsageError("", error);
    const command = given.map((word) => program.commands.find((each) => each.name() === word)).find(Boolean);
    const name = [program.name(), command?.name()].filter(Boolean).join(" ");
    throw new UsageError(`${sentence(error.message)} Help: ${name} --help`, error);
  }
}

/** `error: unknown option '--prot'\n(Did you mean --port?)` as sentences. */
function sentence(message: string): string {
  const [text, hint] = message.replace(/^error: /, "").split(/\n\((.*)\)$/s);
  return [`${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`, hint].filter(Boolean).join(" ");
}

/** A reader of an option's value whose errors become usage errors. */
export function readBy<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
  };
}

/** A duration with its unit, in milliseconds. */
export const durationMs = readBy(parseDuration);

/** A whole number from 1. */
export const wholeNumber = readBy((text) => {
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new Error("Expected a whole number from 1");
});

/** A finite number above 0. */
export const positiveNumber = readBy((text) => {
  if (Number(text) > 0 && Number(text) < Infinity) return Number(text);
  throw new Error("Expected a number above 0");
});

/** A JSON object. */
export const jsonObject = readBy((text): Record<string, unknown> => {
  const value = parseExactJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error("Expected a JSON object");
});
