import { parseArgs, type ParseArgsConfig } from "node:util";
import { closest } from "../../format/did_you_mean.ts";
import { LabError } from "../../errors.ts";
import type { Command, Given, Option } from "./command.ts";
import { usageOf } from "./help.ts";

/** What every command takes. */
export const GLOBAL_OPTIONS: Record<string, Option> = {
  url: { value: "address", about: "where the daemon is (http://127.0.0.1:5000, or LABDAEMON_URL)" },
  timeout: { value: "time", about: "how long an answer may take, such as 500ms or 2min (30s)" },
  "no-color": { about: "no colours (as with NO_COLOR)" },
  help: { about: "this, or more about a command" },
};

/** A command line, understood. `command` is missing where none was named. */
export interface CommandLine {
  command: Command | undefined;
  given: Given;
}

/**
 * Reads a command line.
 *
 * @throws {LabError} `InvalidRequest` for what nobody declared, saying what there is.
 */
export function readCommandLine(args: string[], commands: readonly Command[]): CommandLine {
  // `deno task ctl -- list` hands the first -- on.
  const line = args[0] === "--" ? args.slice(1) : args;
  const [name] = tokensOf(line, GLOBAL_OPTIONS).words;
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && !command) throw unknown("command", name, commands.map(({ name }) => name));

  const options = { ...GLOBAL_OPTIONS, ...command?.options };
  const { words, values } = tokensOf(line, options);
  for (const [option, value] of values) {
    const declared = options[option];
    if (!declared) throw unknown("option", `--${option}`, Object.keys(options).map((name) => `--${name}`));
    if (declared.value && value === undefined) {
      throw refusal(`--${option} needs a value: --${option} <${declared.value}>`);
    }
    if (!declared.value && value !== undefined) throw refusal(`--${option} takes no value, found "${value}"`);
  }
  const given: Given = {
    words: words.slice(1),
    value: (name) => values.get(name),
    has: (name) => values.has(name),
  };
  if (command && !given.has("help")) checkWords(command, given.words);
  return { command, given };
}

/** The words and the options of a line. */
function tokensOf(line: string[], options: Record<string, Option>) {
  const declared: ParseArgsConfig["options"] = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }]),
  );
  declared.help = { type: "boolean", short: "h" };
  // Not strict, so that what is refused is refused in our words, and so that negative numbers can be words.
  const { tokens } = parseArgs({ args: line, options: declared, strict: false, tokens: true, allowPositionals: true });
  const words: string[] = [];
  const values = new Map<string, string | undefined>();
  let lastNumber = -1;
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (!/^-\.?\d/.test(line[token.index])) values.set(token.name, token.value);
    else if (token.index !== lastNumber) words.push(line[lastNumber = token.index]);
  }
  return { words, values };
}

function checkWords(command: Command, words: string[]): void {
  const wanted = command.arguments;
  const missing = wanted.slice(words.length).find(({ optional }) => !optional);
  if (missing) throw refusal(`Cannot ${command.name}: <${missing.name}> is missing. Usage: ${usageOf(command)}`);
  if (words.length > wanted.length && !wanted.at(-1)?.many) {
    throw refusal(`Cannot ${command.name}: "${words[wanted.length]}" is too much. Usage: ${usageOf(command)}`);
  }
  const id = words[wanted.findIndex(({ name }) => name === "id")];
  // A URL would take these for places in its path.
  if (["", ".", ".."].includes(id)) throw refusal(`Cannot ${command.name} "${id}": no device is called that`);
}

function unknown(kind: string, name: string, known: string[]): LabError {
  const meant = closest(name, known);
  return refusal(
    `There is no ${kind} "${name}"; ${kind}s are ${known.join(", ")}${meant ? `. Did you mean ${meant}?` : ""}`,
  );
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
