import { match } from "node:assert/strict";
import { until, within } from "../support/until.ts";

/**
 * Makes a container's file system read-only, mounts what its user mounts, and runs a command as the container's user without
 * capabilities: in namespaces of its own, without a network but loopback, and as process 1.
 *
 * Its arguments: the root folder, the folder with `bench.yaml`, `drivers` and `data`, the variables, `--`, and the command.
 */
const CONFINED = `
set -e
root=$1 work=$2
shift 2
mount --make-rprivate /
python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))'
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
for it in bench.yaml drivers; do
  mount --bind "$work/$it" "$root/app/$it"
  mount -o remount,bind,ro "$root/app/$it"
done
mount --bind "$work/data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot --userspec=10001:10001 --groups=20 "$root" env -i "$@"
`;

/** The parts of a confined container. */
export interface ConfinedOptions {
  /** Its root folder. */
  root: string;
  /** The folder with what is mounted. */
  work: string;
  /** Its variables, as `NAME=value`. */
  env: readonly string[];
  command: readonly string[];
}

/** A container that runs confined. */
export interface ConfinedContainer extends AsyncDisposable {
  /** Runs curl beside it, in its network. Resolves to what it prints; for a stream, to the first seconds of it. */
  curl(...args: string[]): Promise<string>;
  /** Its confinement, as the kernel describes it. */
  facts(): Promise<{ user: string; capabilities: string; isReadOnly: boolean; interfaces: string[] }>;
  /** Sends SIGTERM to its first process. */
  end(): Promise<{ code: number; output: string }>;
}

/** Starts it. */
export async function runConfined({ root, work, env, command }: ConfinedOptions): Promise<ConfinedContainer> {
  const child = new Deno.Command("unshare", {
    args: [
      ...["--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", CONFINED, "sh", root, work, ...env],
      ...["sh", "-c", 'cd /app && exec "$@"', "sh", ...command],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = new Response(child.stdout).text();
  const firstProcess = async () => {
    const children = await Deno.readTextFile(`/proc/${child.pid}/task/${child.pid}/children`);
    return Number(children.trim().split(" ")[0]);
  };
  let pid = 0;
  await until("the container has a process", async () => (pid = await firstProcess()) > 0);
  let hasEnded = false;
  const end = async () => {
    if (!hasEnded) Deno.kill(pid, "SIGTERM");
    hasEnded = true;
    const { code } = await within(child.status, () => "the container does not end");
    return { code, output: await output };
  };
  return {
    curl: async (...args) => {
      const command = new Deno.Command("nsenter", {
        // A stream has no end: --max-time ends curl.
        args: [`--net=/proc/${pid}/ns/net`, "curl", "-s", "--max-time", "3", ...args],
      });
      return new TextDecoder().decode((await command.output()).stdout);
    },
    facts: async () => {
      const [status, mounts, network] = await Promise.all(
        ["status", "mounts", "net/dev"].map((it) => Deno.readTextFile(`/proc/${pid}/${it}`)),
      );
      match(mounts, /^\S+ \/ /m);
      return {
        user: /^Uid:\s+(\d+)/m.exec(status)![1],
        capabilities: /^CapEff:\s+(\w+)/m.exec(status)![1],
        isReadOnly: /^\S+ \/ \S+ ro[, ]/m.test(mounts),
        interfaces: network.matchAll(/^\s*(\w+):/gm).map(([, name]) => name).toArray(),
      };
    },
    end,
    [Symbol.asyncDispose]: async () => void await end(),
  };
}
