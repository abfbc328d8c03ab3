/**
 * The command by which shells complete command lines.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Argument } from "commander";
import { deadline } from "../../../async/deadline.ts";
import { plainLine } from "../../../format/plain_line.ts";
import type { AddCommand, Ctl } from "../commands/ctl.ts";
import { type CompletionCandidate, completionPlace } from "./candidates.ts";
import { scriptOf, type Shell, SHELLS } from "./scripts.ts";

/** The limit for the daemon's answer, in milliseconds: a person waits at the prompt. */
const MAX_WAIT_MS = 1_000;

/** `ctl completion` */
export const completion: AddCommand = (program, ctl) => {
  program.command("completion")
    .description("print the script by which a shell completes commands, options and the ids of devices")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .argument("[words...]", "of a command line that is not finished: print what may follow, as the script asks")
    .action(async (shell: Shell, words: string[]) => {
      const last = words.at(-1);
      if (last === undefined) {
        const ask = `deno task --quiet --config ${quoted(configPath())} ctl completion ${shell} --`;
        return await ctl().out.print(scriptOf(shell, ask));
      }
      const { candidates, isDevice, url } = completionPlace(program, words.slice(0, -1), last);
      // The daemon of the line that is written, not of this one.
      if (url !== undefined) program.setOptionValue("url", url);
      const devices = isDevice ? await devicesOf(ctl()) : [];
      for (const { word, meaning } of [...candidates, ...devices]) {
        if (word.startsWith(last)) await ctl().out.print(`${word}\t${meaning}`);
      }
    });
};

/** An id that a shell would run is not offered, whatever answers at the address. */
const PLAIN_WORD = /^[\w.-]+$/;

/** The devices; none if there is no daemon or the daemon refuses, since an error would disturb the prompt. */
async function devicesOf({ api }: Ctl): Promise<CompletionCandidate[]> {
  const all = await deadline(api.listDevices(), MAX_WAIT_MS).catch(() => []);
  return all.filter(({ device_id }) => PLAIN_WORD.test(device_id)).map(({ device_id, device_type, state }) => ({
    word: device_id,
    meaning: plainLine(`${device_type}, ${state}`),
  }));
}

/** The file with the task `ctl`, for a shell that is in any folder. */
function configPath(): string {
  return fileURLToPath(new URL("../../../../deno.json", import.meta.url));
}

/** A word that each of the shells reads as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
