/**
 * Ends processes left behind by a killed daemon. A driver's process exits when its stdin ends, unless it loops for ever
 * or has children of its own. So one small shell reads the begin and the end of every process group; when *its* stdin
 * ends, it waits three seconds and kills the groups that are left.
 */
const SCRIPT = `
groups=" "
while read -r what group; do
  case $what in
    begin) groups="$groups$group " ;;
    end) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
[ "$groups" = " " ] && exit
command -p sleep 3
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
`;

const encoder = new TextEncoder();

/** The shell, as long as there is a group. */
let reaper:
  | { stdin: WritableStreamDefaultWriter<Uint8Array>; groups: Set<number>; status: Promise<unknown> }
  | undefined;

/** Has a process group killed if this process dies first. Call the returned function when the group has ended. */
export function watchProcessGroup(group: number): () => Promise<void> {
  reaper ??= startReaper();
  const { stdin, groups, status } = reaper;
  groups.add(group);
  const write = (line: string) => stdin.write(encoder.encode(line)).catch(() => {});
  write(`begin ${group}\n`);
  return async () => {
    write(`end ${group}\n`);
    groups.delete(group);
    if (groups.size > 0) return;
    reaper = undefined;
    await stdin.close().catch(() => {});
    await status;
  };
}

function startReaper() {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // In a group of its own: Ctrl-C on the terminal must not end it.
    detached: true,
  }).spawn();
  return { stdin: child.stdin.getWriter(), groups: new Set<number>(), status: child.status };
}
