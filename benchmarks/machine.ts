import config from "../deno.json" with { type: "json" };

/** On what the figures were measured. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGB: number;
  kernel: string;
  deno: string;
  v8: string;
  labdaemon: string;
  /** Open files that one process may have. */
  openFiles: number;
  /** True if processes can be pinned to cores. */
  canPin: boolean;
}

/** Looks at this machine. */
export async function inspectMachine(): Promise<Machine> {
  return {
    cpu: /^model name\s*:\s*(.+)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGB: Math.round(Deno.systemMemoryInfo().total / 1e9),
    kernel: Deno.osRelease(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    labdaemon: config.version,
    openFiles: Number(/^Max open files\s+\S+\s+(\d+)/m.exec(read("/proc/self/limits"))?.[1] ?? 1024),
    canPin: navigator.hardwareConcurrency > 1 && await runs("taskset", "--version"),
  };
}

async function runs(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
