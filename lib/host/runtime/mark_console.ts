import { type ConsoleLevel, lineMark } from "../console_line.ts";

/** The levels of the console's two outputs, and of the functions that have a level of their own. */
const LEVEL_OF = { stdout: "info", stderr: "error", debug: "debug", warn: "warning" } as const;

/**
 * Passes everything that this process's console prints to `write`, with each line's level, and the seat whose code prints
 * it, for `parseConsoleLine`.
 */
export function markConsole(write: (text: string) => void, seat: () => number | undefined): void {
  let marking: Console | undefined;
  const isPrinting = (name: string) => console[name as "log"] instanceof Function && name !== "Console";
  const names = Object.keys(console).filter(isPrinting) as "log"[];
  for (const name of names) {
    // Made at the first use: loading its modules takes half of the time in which a process starts.
    console[name] = (...values) => (marking ??= markingConsole(write, seat))[name](...values);
  }
}

function markingConsole(write: (text: string) => void, seat: () => number | undefined): Console {
  const { process } = globalThis;
  const { Console } = process.getBuiltinModule("node:console");
  const { Writable } = process.getBuiltinModule("node:stream");
  const at = (level: ConsoleLevel) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        write(text.replaceAll(/^(?=[^])/gm, lineMark(level, seat())));
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
