import { ok } from "node:assert/strict";
import { runCases } from "../support/fault_bench.ts";
import { hasProc, isAlive } from "../support/processes.ts";
import { firstLine, until } from "../support/until.ts";

const script = new URL("../support/killed_with_loop.ts", import.meta.url);
const config = new URL("../../deno.json", import.meta.url).pathname;

/** The ids of a process's children whose command line contains a text. */
function children(parent: number, text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      return status.includes(`\nPPid:\t${parent}\n`) && !/^State:\s+Z/m.test(status) &&
        Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(text);
    } catch {
      return false;
    }
  });
}

Deno.test({
  name: "a driver that loops or hangs ends with the daemon, also after its reapers were killed",
  ignore: !hasProc,
  // A reaper waits for seconds: they do so at the same time.
  fn: (test) =>
    runCases(test, 2, {
      "killed reapers are replaced, and a driver that loops ends with the daemon": () => endsWithDaemon("loop"),
      "a driver that hangs ends with the daemon although a reaper was killed just before": () => endsWithDaemon("hang"),
    }),
});

async function endsWithDaemon(method: "loop" | "hang"): Promise<void> {
  const isReplaced = method === "loop";
  const daemon = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `--config=${config}`, script.href, method],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = daemon.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const pid = Number(await firstLine(lines));
  const reapers = () => children(daemon.pid, "begin)");
  const killed = isReplaced ? reapers() : reapers().slice(1);
  ok(isAlive(pid) && killed.length > 0);
  killed.forEach((reaper) => Deno.kill(reaper, "SIGKILL"));
  if (isReplaced) {
    await until(
      "each killed reaper is replaced",
      () => reapers().filter((it) => !killed.includes(it)).length === killed.length,
    );
  }
  daemon.kill("SIGKILL");
  await daemon.status;
  await lines.cancel();
  await until("the driver has ended", () => !isAlive(pid));
}
