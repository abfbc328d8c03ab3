import { delay } from "../../async/mod.ts";
import { RELAY_PROGRAM } from "../../driver/connection/connect_serial.ts";

/** The time that children and sockets have to close. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * The children (and their children) and the sockets that a process has not closed. Read from `/proc`; empty on systems
 * without it.
 */
export async function openResources(pid: number): Promise<string[]> {
  const end = performance.now() + CLOSE_LIMIT_MS;
  for (;;) {
    const left = [...groupOf(pid), ...socketsOf(pid)];
    if (!left.length || performance.now() > end) return left;
    await delay(20);
  }
}

function groupOf(leader: number): string[] {
  return namesIn("/proc").map(Number).filter((pid) => pid > 0 && pid !== leader).flatMap((pid) => {
    // pid (command) state parent group …, see proc_pid_stat(5); a command may hold anything.
    const stat = read(`/proc/${pid}/stat`);
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(group) !== leader || state === "Z" || isRelay(pid)) return [];
    const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    return [`a child process, ${command} (${pid})`];
  });
}

/** The relay of serial ports belongs to the host, and ends with the process. */
function isRelay(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).split("\0").includes(decodeURIComponent(RELAY_PROGRAM.pathname));
}

function socketsOf(pid: number): string[] {
  const inodes = new Set(
    namesIn(`/proc/${pid}/fd`).flatMap((fd) => link(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1] ?? []),
  );
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((kind) =>
    read(`/proc/${pid}/net/${kind}`).split("\n").slice(1).flatMap((row) => {
      // sl local remote state …, see proc_pid_net(5)
      const [, local, remote, , , , , , , inode] = row.trim().split(/\s+/);
      if (!inodes.has(inode)) return [];
      const [ours, theirs] = [port(local), port(remote)];
      return [theirs ? `a ${kind} connection to port ${theirs}` : `a ${kind} socket at port ${ours}`];
    })
  );
}

function port(address: string): number {
  return parseInt(address.slice(address.indexOf(":") + 1), 16);
}

/** The result of `read`, or `fallback` if the process has ended or the system has no `/proc`. */
function readOr<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

function namesIn(folder: string): string[] {
  return readOr([], () => Array.from(Deno.readDirSync(folder), ({ name }) => name));
}

function read(path: string): string {
  return readOr("", () => Deno.readTextFileSync(path));
}

function link(path: string): string {
  return readOr("", () => Deno.readLinkSync(path));
}
