import type { Command, Option } from "./command.ts";

/** How the program is called. */
const PROGRAM = "deno task ctl";

/** The exit codes, for programs that call this one. */
export const EXIT_CODES: [code: number, meaning: string][] = [
  [0, "done"],
  [1, "the daemon refused, or the device failed"],
  [2, "wrong usage"],
  [3, "no daemon answers"],
  [130, "ended by Ctrl-C"],
];

/** `deno task ctl call <id> <method> [key=value | value ...]` */
export function usageOf({ name, arguments: words, options = {} }: Command): string {
  const shown = words.map(({ name, optional, many }) => {
    const text = many ? `${name} ...` : name;
    return optional ? `[${text}]` : `<${text}>`;
  });
  return [PROGRAM, name, ...shown, ...Object.keys(options).length ? ["[options]"] : []].join(" ");
}

/** What there is. */
export function generalHelp(commands: readonly Command[], options: Record<string, Option>): string {
  const rows = commands.map(({ name, arguments: words, about }): [string, string] => [
    [name, ...words.map(({ name, optional }) => optional ? `[${name}]` : `<${name}>`)].join(" "),
    about,
  ]);
  return [
    "Controls and watches the devices of a daemon that runs",
    "",
    `Usage: ${PROGRAM} <command> [options]`,
    "",
    ...columns(rows),
    "",
    ...columns(optionRows(options)),
    "",
    "Exit codes",
    ...columns(EXIT_CODES.map(([code, meaning]) => [String(code), meaning])),
    "",
    `More about a command: ${PROGRAM} <command> --help`,
  ].join("\n");
}

/** One command, with all that it takes. */
export function commandHelp(command: Command, options: Record<string, Option>): string {
  const { about, notes, options: own = {} } = command;
  return [
    about,
    "",
    `Usage: ${usageOf(command)}`,
    "",
    ...columns(optionRows({ ...own, ...options })),
    ...notes ? ["", notes] : [],
  ].join("\n");
}

function optionRows(options: Record<string, Option>): [string, string][] {
  return Object.entries(options).map(([name, { value, about }]) => [`--${name}${value ? ` <${value}>` : ""}`, about]);
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
