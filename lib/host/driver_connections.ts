import { isIP } from "node:net";
import { getLogger } from "@logtape/logtape";
import { delay } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { Permissions } from "../wire/driver.ts";

/** The time for which an ended process still counts: a connection that it opened may still wait. */
const AFTER_END_MS = 30_000;

/** The limit of one look-up. Connections whose look-up takes longer count as drivers'. */
const LIMIT_MS = 5_000;

/** The time between two look-ups, in multiples of the last look-up's time: so they take at most a third of a core. */
const PAUSE = 2;

/**
 * Prints the open files of the processes from `$3` on and of their children, then the rows of the clients' sockets in
 * the kernel's tables: `$1` is the server's port, `$2` the clients' ports. A socket in these rows was open before, too.
 * A shell does this, because Deno needs all permissions to open anything under /proc.
 */
const SCRIPT = `
PATH=/usr/bin:/bin:$PATH
own=$1 clients=$2
shift 2
[ -r /proc/net/tcp ] || { echo none; exit; }
files=
while [ $# -gt 0 ]; do
  files="$files /proc/$1/fd"
  started=
  for children in /proc/$1/task/*/children; do
    read -r them 2>/dev/null <"$children" || :
    started="$started $them"
  done
  shift
  set -- $started "$@"
done
ls -l $files 2>/dev/null
echo rows
exec grep -shE ":($clients) [0-9A-F]+:$own " /proc/net/tcp /proc/net/tcp6
`;

const logger = getLogger(["labdaemon", "http"]);

/** The processes of drivers that may reach the daemon's port, and the time of their end. */
const processes = new Map<number, number>();

/** The clients' ports that the next look-up is for, and its answer. */
let next: { ports: Set<number>; answer: Promise<ReadonlySet<number>> } | undefined;
let last: Promise<unknown> = Promise.resolve();
let pauseMs = 0;

/**
 * True if `--deny-net` cannot keep a Deno process with these permissions from the daemon's port: a name may resolve to
 * an IPv4-mapped IPv6 address, which Deno compares with no entry.
 */
export function mayReachDaemon({ net = [] }: Permissions): boolean {
  return net === true || !net.every(isAddress);
}

function isAddress(entry: string): boolean {
  const host = entry.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(host.replace(/\/\d+$/, "")) !== 0;
}

/** Refuses connections of a process, until it is disposed when the process has ended. */
export function refuseConnections(pid: number): { isLimited(): void } & Disposable {
  processes.set(pid, Infinity);
  return {
    /** The kernel keeps the process from the daemon's port. */
    isLimited: () => void processes.delete(pid),
    [Symbol.dispose]: () => void (processes.has(pid) && processes.set(pid, performance.now())),
  };
}

/**
 * True for a connection whose client is a process of a driver, or has closed it already; `undefined`, at once, for one that
 * cannot be a driver's: on another machine, without such processes, and where the system has no `/proc/net/tcp`.
 *
 * @param ownPort The daemon's port.
 * @param interfaces The machine's addresses; throws without the permission to read them.
 */
export function isOfDriver(
  peer: { hostname: string; port: number },
  ownPort: number,
  interfaces: () => { address: string }[],
): Promise<boolean> | undefined {
  if (!hasSuspects() || !isOwn(peer.hostname, interfaces)) return undefined;
  return lookUp(peer.port, ownPort).then((found) => found.has(peer.port));
}

function hasSuspects(): boolean {
  for (const [pid, endedMs] of processes) {
    if (performance.now() - endedMs > AFTER_END_MS) processes.delete(pid);
  }
  return processes.size > 0 && Deno.build.os === "linux";
}

function isOwn(hostname: string, interfaces: () => { address: string }[]): boolean {
  const address = hostname.replace(/^::ffff:(?=\d+\.)/, "").replace(/%.*/, "");
  if (address.startsWith("127.") || address === "::1") return true;
  try {
    return interfaces().some((own) => own.address.replace(/%.*/, "") === address);
  } catch {
    return false;
  }
}

/** The ports of clients that are drivers. Clients that connect during a look-up share the next one. */
async function lookUp(port: number, ownPort: number): Promise<ReadonlySet<number>> {
  if (!next) {
    const ports = new Set<number>();
    const answer = last.then(() => {
      next = undefined;
      return driversAmong(ports, ownPort);
    });
    next = { ports, answer };
    last = answer.then(() => delay(pauseMs));
  }
  next.ports.add(port);
  return await next.answer;
}

async function driversAmong(ports: ReadonlySet<number>, ownPort: number): Promise<ReadonlySet<number>> {
  const startedMs = performance.now();
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, "0");
  const living = [...processes].filter(([, endedMs]) => endedMs === Infinity).map(([pid]) => String(pid));
  const args = [hex(ownPort), [...ports].map(hex).join("|"), ...living];
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const shell = new Deno.Command("/bin/sh", {
      args: ["-c", SCRIPT, "sh", ...args],
      stdin: "null",
      stderr: "null",
      signal,
    });
    const { stdout } = await shell.output();
    const printed = new TextDecoder().decode(stdout);
    // A system without these tables.
    return printed === "none\n" ? new Set() : driversIn(printed, ports);
  } catch (error) {
    logger.warn("connections were refused: the processes that have opened them cannot be seen ({error})", {
      error: messageOf(error),
    });
    return ports;
  } finally {
    pauseMs = (performance.now() - startedMs) * PAUSE;
  }
}

/** The clients' ports whose sockets belong to a driver, or to no process at all. */
function driversIn(printed: string, ports: ReadonlySet<number>): Set<number> {
  const [files, rows = ""] = printed.split(/^rows\n/m);
  const ofDrivers = new Set([...files.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode));
  const found = new Set(ports);
  // `0: 0100007F:9C40 0100007F:1388 01 00000000:00000000 00:00000000 00000000 0 0 12345 …`: the tenth is the socket.
  const sockets = rows.split("\n").map((row) => row.trim().split(/\s+/)).filter(({ length }) => length >= 10)
    .map((columns) => [parseInt(columns[1].split(":")[1], 16), columns[9]] as const);
  for (const [port] of sockets) found.delete(port);
  for (const [port, inode] of sockets) if (inode === "0" || ofDrivers.has(inode)) found.add(port);
  return found;
}
