import { delay } from "../async/mod.ts";
import { PARENT_FOLDERS } from "./launch_script.ts";

/**
 * Ends processes left behind by a killed daemon. A driver's process exits when its stdin ends, unless it loops for ever
 * or has children of its own. So a small shell reads the begin and the end of every process group. When the shell's own
 * stdin ends, it waits eight seconds, the time to make an instrument safe and to close it, and kills the remaining
 * groups. It also removes the processes' cache folder, `$1`. Further arguments are the groups that exist at its start.
 */
const SCRIPT = `
folder=$1
shift
groups=" "
for group; do groups="$groups$group "; done
while read -r what group; do
  case $what in
    begin) groups="$groups$group " ;;
    end) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
if [ "$groups" != " " ]; then
  command -p sleep 8
  for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
fi
for parent in ${PARENT_FOLDERS}; do
  [ ! -e "$parent/$folder" ] || command -p rm -rf "$parent/$folder"
done
`;

/** The least time from the start of a shell to its replacement: a machine where they fail is not kept busy. */
const MIN_LIFETIME_MS = 1_000;

const encoder = new TextEncoder();

/**
 * Two such shells, and their groups. If one ends while there are groups, a new shell with all groups replaces it; the
 * other one covers the meantime.
 */
class OrphanReaper {
  /** The name of the folder that it removes. */
  readonly folder = `labdaemon-cache-${crypto.randomUUID()}`;
  readonly #groups = new Set<number>();
  readonly #closing = new AbortController();
  readonly #shells: [Shell, Shell];

  constructor() {
    const first = startShell(this.folder);
    try {
      this.#shells = [first, startShell(this.folder)];
    } catch (error) {
      first.close();
      throw error;
    }
    this.#shells.forEach((_, i) => this.#watch(i));
  }

  get isIdle(): boolean {
    return this.#groups.size === 0;
  }

  begin(group: number): void {
    this.#groups.add(group);
    this.#shells.forEach((shell) => shell.write(`begin ${group}\n`));
  }

  end(group: number): void {
    this.#groups.delete(group);
    this.#shells.forEach((shell) => shell.write(`end ${group}\n`));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#shells.map((shell) => shell.close()));
  }

  async #watch(i: number): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.#shells[i].status;
      await delay(Math.max(0, startedAt + MIN_LIFETIME_MS - performance.now()), { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        this.#shells[i] = startShell(this.folder, this.#groups);
      } catch {
        // Out of processes or file descriptors: it tries again.
      }
    }
  }
}

type Shell = ReturnType<typeof startShell>;

/** Starts one shell, which gets the groups at its start. Input after its end is dropped. */
function startShell(folder: string, groups: Iterable<number> = []) {
  const { stdin, status } = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, "sh", folder, ...Array.from(groups, String)],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // In a group of its own: Ctrl-C on the terminal must not end it.
    detached: true,
  }).spawn();
  const writer = stdin.getWriter();
  return {
    status,
    write: (line: string) => void writer.write(encoder.encode(line)).catch(() => {}),
    close: async () => {
      await writer.close().catch(() => {});
      await status;
    },
  };
}

/** The reaper, as long as there is a group. */
let reaper: OrphanReaper | undefined;

/**
 * Starts a process in a group of its own. If this process dies first, the group is killed.
 *
 * @param spawn Starts the process, with the name of the folder for the caches of all such processes. Returns the
 * process's id.
 * @returns The function to call when the group has ended.
 */
export function watchProcessGroup(spawn: (folder: string) => number): () => Promise<void> {
  const current = reaper ??= new OrphanReaper();
  const release = async () => {
    if (!current.isIdle || reaper !== current) return;
    reaper = undefined;
    await current.close();
  };
  try {
    const group = spawn(current.folder);
    current.begin(group);
    return async () => {
      current.end(group);
      await release();
    };
  } catch (error) {
    release();
    throw error;
  }
}
