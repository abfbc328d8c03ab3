import { PARENT_FOLDERS } from "./launch_script.ts";
import { messageOf } from "../errors.ts";

/** The tools without which no driver's process starts, or ends for certain. */
const NEEDED = ["cat", "cut", "id", "ln", "mkdir", "mv", "rm", "sleep"];

/** The tools that are used if they exist, and the loss without them. */
const USEFUL: Readonly<Record<string, string>> = {
  nice: "driver processes have the daemon's priority, and may slow it down",
  python3: "serial ports cannot be opened, and drivers in Python do not run",
};

/** Prints a line for each finding; the first one says that there is a shell. */
const SCRIPT = `
echo shell
echo "descriptors $(ulimit -n)"
(ulimit -d 4194304) 2>/dev/null || echo "no-limit"
PATH=$PATH:/usr/bin:/bin
for tool in ${NEEDED.join(" ")}; do command -v "$tool" >/dev/null || echo "needed $tool"; done
for tool in ${Object.keys(USEFUL).join(" ")}; do command -v "$tool" >/dev/null || echo "useful $tool"; done
[ -r /proc/self/status ] || command -v ps >/dev/null || echo "no-memory"
for folder in ${PARENT_FOLDERS}; do [ -d "$folder" ] && [ -w "$folder" ] && exit; done
echo "no-folder"
`;

/** The requirements of the daemon that this machine meets, and those that it does not meet. */
export interface Requirements {
  /** The reasons why no driver can run: complete sentences without a full stop. */
  missing: string[];
  /** The functions that work less well. */
  degraded: string[];
  /**
   * The number of file descriptors that this process may have open, as its children inherit it: each connection takes one,
   * and each driver process four. Deno raises the soft limit to the hard one when it starts.
   */
  descriptors?: number;
}

/**
 * Looks for the programs and folders that driver processes need. Never rejects.
 *
 * @param shell The shell that starts driver processes.
 */
export async function checkRequirements(shell = "/bin/sh", os: string = Deno.build.os): Promise<Requirements> {
  if (os === "windows") {
    const missing = "Windows is not supported: driver processes are started, limited and ended by a POSIX shell and " +
      "process groups; use WSL 2 or the container";
    return { missing: [missing], degraded: [] };
  }
  try {
    const { stdout } = await new Deno.Command(shell, { args: ["-c", SCRIPT], stdin: "null", stderr: "null" }).output();
    return readFindings(new TextDecoder().decode(stdout), shell);
  } catch (error) {
    return {
      missing: [`${shell} cannot be run, and it starts every driver process: ${messageOf(error)}`],
      degraded: [],
    };
  }
}

/** The findings that the script printed. */
export function readFindings(text: string, shell: string): Requirements {
  const found: Requirements = { missing: [], degraded: [] };
  const lines = text.split("\n").map((line) => line.split(" "));
  if (lines[0][0] !== "shell") found.missing.push(`${shell} is not a POSIX shell, which starts every driver process`);
  for (const [kind, value] of lines) {
    if (kind === "descriptors") found.descriptors = Number(value) || undefined;
    else if (kind === "needed") {
      found.missing.push(`the program ${value} is not installed, and driver processes need it`);
    } else if (kind === "useful") found.degraded.push(`the program ${value} is not installed: ${USEFUL[value]}`);
    else if (kind === "no-limit") {
      found.degraded.push("ulimit -d does not work: the kernel does not limit drivers' memory");
    } else if (kind === "no-memory") {
      found.degraded.push("there is neither /proc nor ps: drivers' memory is not watched");
    } else if (kind === "no-folder") {
      found.missing.push("none of TMPDIR, /tmp and /dev/shm can be written to, and driver processes need one of them");
    }
  }
  return found;
}
