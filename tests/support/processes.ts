/** True where processes are listed in `/proc`. */
export const hasProc = Deno.build.os === "linux";

/** The ids of all living processes whose command line contains a text. */
export function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
    pid > 0 && read(`/proc/${pid}/cmdline`).includes(text) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`))
  );
}

/** The text of a file, empty for a process that has ended. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** The limit of the wait. */
const TIMEOUT_MS = 20_000;

/** Waits until no process has a text in its command line. The system does not notify of the end of processes that are not children. */
export async function allGone(text: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  for (let left = processesWith(text); left.length; left = processesWith(text)) {
    if (performance.now() > end) throw new Error(`${left.length} processes are still there: ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
