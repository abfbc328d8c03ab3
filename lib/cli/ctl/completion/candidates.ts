import type { Argument, Command, Option } from "commander";

/** A word that may come next, and its meaning. */
export interface CompletionCandidate {
  word: string;
  meaning: string;
}

/** The end of an unfinished command line. */
export interface CompletionPlace {
  /** The words that commander knows there. */
  candidates: CompletionCandidate[];
  /** True where the id of a device is expected. */
  isDevice: boolean;
  /** The address of the daemon, if the line has one. */
  url?: string;
}

/** The arguments, and the options by their values, that are ids of devices. */
const DEVICES = /^(ids?|devices?)$/;

/** The words that may follow the finished words of a command line. `last` is the word that is not finished. */
export function completionPlace(program: Command, words: readonly string[], last: string): CompletionPlace {
  let command = program;
  let option: Option | undefined;
  let hasOptions = true;
  let url: string | undefined;
  let count = 0;
  for (const word of words) {
    if (option) {
      if (option.long === "--url") url = word;
      option = undefined;
    } else if (hasOptions && word === "--") hasOptions = false;
    else if (hasOptions && word.startsWith("-")) {
      const [name, value] = word.split(/=(.*)/s);
      const found = optionsOf(command).find(({ long, short }) => name === long || name === short);
      if (found?.long === "--url" && value) url = value;
      option = found?.required && value === undefined ? found : undefined;
    } else {
      const found = command.commands.find((it) => it.name() === word);
      if (found) command = found;
      else count += 1;
    }
  }
  if (option) return { candidates: choices(option.argChoices), isDevice: DEVICES.test(valueOf(option)), url };
  if (hasOptions && last.startsWith("-")) {
    const candidates = optionsOf(command).map(({ long, short, description }) => ({
      word: long ?? short!,
      meaning: description,
    }));
    return { candidates, isDevice: false, url };
  }
  const commands = count === 0 ? command.createHelp().visibleCommands(command) : [];
  const argument = argumentAt(command, count);
  return {
    candidates: [
      ...commands.map((it) => ({ word: it.name(), meaning: it.description() })),
      ...choices(argument?.argChoices),
    ],
    isDevice: DEVICES.test(argument?.name() ?? ""),
    url,
  };
}

/** The options of a command and of the whole program. */
function optionsOf(command: Command): readonly Option[] {
  const help = Object.assign(command.createHelp(), { showGlobalOptions: true });
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

/** The last argument may be of any number. */
function argumentAt({ registeredArguments: all }: Command, index: number): Argument | undefined {
  return all[index] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
}

/** `ids` of `--devices <ids...>`. */
function valueOf({ flags }: Option): string {
  return /<([\w-]+)/.exec(flags)?.[1] ?? "";
}

function choices(words: readonly string[] = []): CompletionCandidate[] {
  return words.map((word) => ({ word, meaning: "" }));
}
