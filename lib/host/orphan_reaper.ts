/**
 * Ends what the daemon leaves behind when it is killed with SIGKILL. A driver's process notices that its stdin has ended
 * and goes by itself, unless it loops for ever or has children of its own. So one small shell, told of every process group
 * that begins and ends, waits for the end of *its* stdin; then it gives the groups some time, and kills those that are
 * left.
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

/** The shell, for as long as there is a group. */
let shell:
  | { stdin: WritableStreamDefaultWriter<Uint8Array>; groups: Set<number>; status: Promise<unknown> }
  | undefined;

/** Has a process group ended should this process die. Returns the function that says that the group is gone. */
export function entrust(group: number): () => Promise<void> {
  shell ??= hire();
  const { stdin, groups, status } = shell;
  groups.add(group);
  const tell = (text: string) => stdin.write(encoder.encode(text)).catch(() => {});
  tell(`begin ${group}\n`);
  return async () => {
    tell(`end ${group}\n`);
    groups.delete(group);
    if (groups.size > 0) return;
    shell = undefined;
    await stdin.close().catch(() => {});
    await status;
  };
}

function hire() {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // Ctrl-C on the terminal is not for it: it is there for what comes after.
    detached: true,
  }).spawn();
  return { stdin: child.stdin.getWriter(), groups: new Set<number>(), status: child.status };
}
