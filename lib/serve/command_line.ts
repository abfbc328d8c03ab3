import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { closest } from "../did_you_mean.ts";
import { LabError, messageOf } from "../errors.ts";

/**
 * The flags of a command line, as `parseArgs` of node:util reads them.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) that says in one line what is wrong, and which flags there are.
 */
export function readFlags<Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    // `deno task serve -- --port 5001` hands the first -- on.
    return parseArgs({ args: args[0] === "--" ? args.slice(1) : args, allowNegative: true, options }).values;
  } catch (cause) {
    const [found] = messageOf(cause).split(/\. |\n/);
    const known = Object.keys(options);
    const near = closest(/'--?(?:no-)?([^' ]+)/.exec(found)?.[1] ?? "", known);
    const hint = near && found.startsWith("Unknown") ? `; did you mean --${near}?` : "";
    const flags = known.map((name) => `--${name}`).join(", ");
    throw new LabError(
      "InvalidRequest",
      `Cannot start: ${found.replace(/\.$/, "")}${hint || "."} Flags are ${flags}; --help says more`,
      {
        cause,
      },
    );
  }
}
