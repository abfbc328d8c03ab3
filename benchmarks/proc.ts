/**
 * The kernel's figures of a process.
 *
 * @module
 */

/** The kernel counts CPU time in hundredths of a second, whatever it schedules by. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that a process has used, all its threads together, in user and kernel mode. 0 when it is gone. */
export function cpuSeconds(pid: number): number {
  const fields = stat(pid);
  // utime and stime are fields 14 and 15; `stat` begins behind the name, at field 3.
  return fields ? (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND : 0;
}

/** CPU seconds of the processes that a process had started, and that have ended. */
export function endedSeconds(pid: number): number {
  const fields = stat(pid);
  return fields ? (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND : 0;
}

/** CPU seconds that this machine has used, everything together. */
export function machineSeconds(): number {
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = (read("/proc/stat") ?? "").split("\n")[0]
    .split(/\s+/).slice(1).map(Number);
  return (user + nice + system + interrupts + softInterrupts + stolen) / TICKS_PER_SECOND;
}

/** Resident bytes of a process. 0 when it is gone. */
export function residentBytes(pid: number): number {
  return kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);
}

/** Resident bytes, each shared page counted by its share: what the process really costs beside others like it. */
export function proportionalBytes(pid: number): number {
  return kilobytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);
}

/** The processes that a process has started and that still live. */
export function childrenOf(parent: number): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((pid) => Number.isInteger(pid) && stat(pid)?.[1] === String(parent));
}

/** CPU seconds of each thread of a process by the thread's name: where a process's time goes. */
export function threadSeconds(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const { name: thread } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const text = read(`/proc/${pid}/task/${thread}/stat`);
    if (!text) continue;
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const used = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    seconds.set(name, (seconds.get(name) ?? 0) + used);
  }
  return seconds;
}

/** The fields of /proc/<pid>/stat from the third on: a name may hold blanks and parentheses. */
function stat(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

function kilobytes(path: string, line: RegExp): number {
  return Number(read(path)?.match(line)?.[1] ?? 0) * 1024;
}

/** A process may end at any time: then there is nothing to read. */
function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
