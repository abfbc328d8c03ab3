import { until } from "./until.ts";

/** True where processes are listed in `/proc`. */
export const hasProc = Deno.build.os === "linux";

/** The ids of all living processes whose command line contains a text. */
export function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
    pid > 0 && read(`/proc/${pid}/cmdline`).includes(text) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`))
  );
}

/** The text of a file, empty for a process that has ended. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** True while a process runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Waits until so many processes have a text in their command line, which a process that was just started does not have yet. */
export async function allStarted(text: string, count: number): Promise<void> {
  await until(`${count} processes have ${text} in their command line`, () => processesWith(text).length === count);
}

/** Waits until no process has a text in its command line. */
export async function allGone(text: string): Promise<void> {
  // Those found are watched by their ids, because reading all command lines takes long.
  let pids: number[] = [];
  await until(`no process has ${text} in its command line`, () => {
    pids = pids.filter(isAlive);
    if (!pids.length) pids = processesWith(text);
    return !pids.length;
  });
}

/** Waits until these processes have ended. Polls: the system notifies only the parent of the end of a process. */
export async function allEnded(pids: readonly number[]): Promise<void> {
  await until(`the processes ${pids} have ended`, () => !pids.some(isAlive));
}
