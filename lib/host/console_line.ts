import process from "node:process";

/** How loud a driver was. */
export type ConsoleLevel = "debug" | "info" | "warning" | "error";

/** Where the functions of a console write that are not called after their level. */
const LEVEL_OF = { stdout: "info", stderr: "error", debug: "debug", warn: "warning" } as const;

/** Stands with the level's first letter before a line: no text has it. */
export const MARK = "\x01";

/** A line as it was said. */
export interface ConsoleLine {
  text: string;
  /** Unknown of what was not written by the console: by a native library, or by Deno itself. */
  level?: ConsoleLevel;
}

/**
 * Gives `write` all that this process's console says, whichever function of it is called: each line with its level, for
 * {@linkcode parseConsoleLine}.
 */
export function markConsole(write: (text: string) => void): void {
  let marking: Console | undefined;
  const names = Object.keys(console).filter((name) => console[name as "log"] instanceof Function) as "log"[];
  for (const name of names) {
    // Made when it is needed: its modules are half of the time in which a process starts.
    console[name] = (...values) => (marking ??= markingConsole(write))[name](...values);
  }
}

function markingConsole(write: (text: string) => void): Console {
  const { Console } = process.getBuiltinModule("node:console");
  const { Writable } = process.getBuiltinModule("node:stream");
  const at = (level: ConsoleLevel) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        write(text.replaceAll(/^(?=[^])/gm, MARK + level[0]));
        done();
      },
    });
  const console = new Console({ stdout: at(LEVEL_OF.stdout), stderr: at(LEVEL_OF.stderr) });
  for (const name of ["debug", "warn"] as const) {
    const stdout = at(LEVEL_OF[name]);
    console[name] = new Console({ stdout, stderr: stdout }).log;
  }
  return console;
}

/** Takes a line of a driver's stderr apart. */
export function parseConsoleLine(line: string): ConsoleLine {
  if (!line.startsWith(MARK)) return { text: line };
  return { text: line.slice(2), level: Object.values(LEVEL_OF).find((level) => level[0] === line[1]) };
}
