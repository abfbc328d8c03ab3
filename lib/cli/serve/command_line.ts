import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { closest } from "../../format/did_you_mean.ts";
import { LabError, messageOf } from "../../errors.ts";

/** The command line is wrong: for programs, the exit code then says so. */
export class UsageError extends LabError {
  constructor(message: string, cause: unknown) {
    super("InvalidRequest", message, { cause });
  }
}

/** Reads values that flags gave. What it throws is a {@linkcode UsageError}. */
export function readValues<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UsageError(messageOf(cause), cause);
  }
}

/**
 * The flags of a command line, as `parseArgs` of node:util reads them.
 *
 * Throws a {@linkcode UsageError} that says in one line what is wrong, and which flags there are.
 */
export function readFlags<Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    // `deno task serve -- --port 5001` hands the first -- on.
    return parseArgs({ args: args[0] === "--" ? args.slice(1) : args, allowNegative: true, options }).values;
  } catch (cause) {
    const [found] = messageOf(cause).split(/\. |\n/);
    // As one writes them: what is on by itself can only be switched off.
    const written = (name: string) => `--${options[name].default === true ? "no-" : ""}${name}`;
    const known = Object.keys(options);
    const near = closest(/'--?(?:no-)?([^' ]+)/.exec(found)?.[1] ?? "", known);
    const hint = near && found.startsWith("Unknown") ? `; did you mean ${written(near)}?` : "";
    throw new UsageError(
      `Cannot start: ${found.replace(/\.$/, "")}${hint || "."} Flags are ${known.map(written).join(", ")}; ` +
        "--help says more",
      cause,
    );
  }
}
