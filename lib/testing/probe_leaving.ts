/** The timers that wait, each with where it was set. */
export type Timers = ReadonlyMap<unknown, string>;

/** How long a process may take to end by itself when everything is closed. */
const PATIENCE_MS = 400;

/** How long a process that is held stays to be looked at. */
const LOOK_MS = 300;

/** What the line begins with by which a process says that something holds it. */
export const HELD = "labdaemon-kit: held by ";

const setTimer = globalThis.setTimeout;
const exit = Deno.exit;

/** From now on, notes which timers wait. */
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

/** What stands in the place of a function keeps what else is on it. */
function replaced<T extends object>(original: T, by: SetTimer): T {
  return Object.assign(by, original) as unknown as T;
}

/** Where the driver set it, as `in my_laser.ts:41`. */
function callSite(): string {
  const frame = new Error().stack?.split("\n").find((line) =>
    line.includes("file:") && !/\/lib\/(kit|async)\//.test(line)
  );
  const place = frame?.match(/([^/]+):\d+\)?$/)?.[1];
  return place ? `in ${place}` : "by the library for the driver";
}

/**
 * Lets the process end the way that shows what is left: by itself. Its main program would end it by force; that is left
 * out. A process that does not end then says what holds it.
 */
export function leaveByItself(timers: Timers): void {
  Deno.exit = ((code = 0) => {
    if (code !== 0) exit(code);
    const end = setTimer(() => {
      console.error(HELD + JSON.stringify([...timers.values()]));
      setTimer(() => exit(0), LOOK_MS);
    }, PATIENCE_MS);
    Deno.unrefTimer(end);
  }) as typeof Deno.exit;
}
