/** The pending timers, each with the place where it was set. */
export type Timers = ReadonlyMap<unknown, string>;

/** The time that a process has to end by itself after everything was closed. */
const EXIT_LIMIT_MS = 400;

/** The time that a process with leftovers stays, so that its children and sockets can be listed. */
const INSPECTION_MS = 300;

/** The prefix of the line on which a process reports what keeps it from ending. */
export const HELD_BY = "labdaemon-testing: held by ";

const setTimer = globalThis.setTimeout;
const exit = Deno.exit;

/** Replaces the global timer functions by ones that record pending timers. */
export function watchTimers(): Timers {
  const waiting = new Map<unknown, string>();
  const { setTimeout, setInterval } = globalThis;
  const note = (id: unknown, kind: string, ms = 0) => waiting.set(id, `${kind} of ${ms} ms, set ${callSite()}`);
  globalThis.setTimeout = replaced(setTimeout, (callback, ms, ...args) => {
    const id = setTimeout(() => {
      waiting.delete(id);
      callback(...args);
    }, ms);
    note(id, "a timer", ms);
    return id;
  });
  globalThis.setInterval = replaced(setInterval, (callback, ms, ...args) => {
    const id = setInterval(callback, ms, ...args);
    note(id, "an interval", ms);
    return id;
  });
  for (const name of ["clearTimeout", "clearInterval"] as const) {
    const clear = globalThis[name];
    globalThis[name] = (id) => {
      waiting.delete(id);
      clear(id);
    };
  }
  return waiting;
}

type SetTimer = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => unknown;

/** The replacement, with the properties of the original. */
function replaced<T extends object>(original: T, by: SetTimer): T {
  return Object.assign(by, original) as unknown as T;
}

/** The place in the driver where the timer was set, as `in my_laser.ts:41`. */
function callSite(): string {
  const frame = new Error().stack?.split("\n").find((line) =>
    line.includes("file:") && !/\/lib\/(testing|async)\//.test(line)
  );
  const place = frame?.match(/([^/]+):\d+\)?$/)?.[1];
  return place ? `in ${place}` : "by the library for the driver";
}

/**
 * Lets the process end by itself instead of through `Deno.exit(0)`, which hides leftovers. A process that does not end in
 * time reports its pending timers, and exits then.
 */
export function exitNaturally(timers: Timers): void {
  Deno.exit = ((code = 0) => {
    if (code !== 0) exit(code);
    const end = setTimer(() => {
      console.error(HELD_BY + JSON.stringify([...timers.values()]));
      setTimer(() => exit(0), INSPECTION_MS);
    }, EXIT_LIMIT_MS);
    Deno.unrefTimer(end);
  }) as typeof Deno.exit;
}
