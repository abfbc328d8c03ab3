/** Whether this machine tells about its processes in `/proc`. */
export const hasProc = Deno.build.os === "linux";

/** The ids of all living processes whose command line contains a text. */
export function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
    pid > 0 && read(`/proc/${pid}/cmdline`).includes(text) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`))
  );
}

/** What is there, or nothing for a process that has gone meanwhile. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Nothing that a test waits for takes so long. */
const PATIENCE_MS = 20_000;

/** Waits until the last process is gone whose command line contains a text: nobody tells when another's child ends. */
export async function allGone(text: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let left = processesWith(text); left.length; left = processesWith(text)) {
    if (performance.now() > end) throw new Error(`${left.length} processes are still there: ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
