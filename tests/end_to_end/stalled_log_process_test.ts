import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { benchFolder, serveCommand } from "../support/served_bench.ts";
import { StreamMonitor } from "../support/stream_monitor.ts";

const IDS = Array.from({ length: 10 }, (_, i) => `c${i}`);

/** Devices that share a process: the daemon's streams are the subject. */
const benchOf = (ids: string[]) =>
  `devices:\n${
    ids.map((id) => `  - { id: ${id}, driver: Counter, process: all, options: { sample_rate: 100 } }\n`).join("")
  }`;

/** The limit for a daemon that does not answer. */
const TIMEOUT_MS = 30_000;

const hasCompiler = await new Deno.Command("cc", { args: ["--version"], stdout: "null", stderr: "null" }).output()
  .then(({ success }) => success, () => false);

/** A daemon that logs to a file on a disk which stalls on request. */
async function serveOnStallingDisk(ids: string[]) {
  const folder = await benchFolder(benchOf(ids), ["counter.ts"]);
  const source = new URL("../support/stalled_writes.c", import.meta.url).pathname;
  const args = ["-shared", "-fPIC", "-o", `${folder}/stalled_writes.so`, source, "-ldl"];
  ok((await new Deno.Command("cc", { args }).output()).success);
  const gate = `${folder}/stalled`;
  const env = { LD_PRELOAD: `${folder}/stalled_writes.so`, STALLED_WHILE: gate };
  // Requests alone: on a busy machine, devices would log that they are late.
  const child = serveCommand(folder, {
    args: ["--port", "0", "--no-watch", "--log-level", "device=error"],
    log: "log.txt",
    env,
  }).spawn();
  const stdout = child.stdout.getReader();
  const { value } = await stdout.read();
  const url = /http:\/\/\S+/.exec(new TextDecoder().decode(value))![0];
  return {
    url,
    kill: (signal: Deno.Signal) => child.kill(signal),
    status: child.status,
    stall: () => Deno.writeTextFile(gate, ""),
    goOn: () => Deno.remove(gate),
    log: () => Deno.readTextFile(`${folder}/log.txt`),
    post: async (path: string) => {
      const response = await fetch(url + path, { method: "POST", signal: AbortSignal.timeout(TIMEOUT_MS) });
      await response.body?.cancel();
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await Promise.all([child.status, stdout.cancel(), child.stderr.cancel()]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test({
  name: "a log file on a disk that stalls stops neither requests nor streams, and no line is lost without a count",
  ignore: !hasCompiler,
  async fn() {
    await using daemon = await serveOnStallingDisk(IDS);
    const monitor = await StreamMonitor.start(daemon.url, IDS);
    await daemon.stall();
    // Several times what may wait for the disk.
    for (let i = 0; i < 3_000; i++) equal(await daemon.post(`/devices/${IDS[i % IDS.length]}/connect`), 200);
    await monitor.stop();
    equal(monitor.violations, []);
    await daemon.goOn();
    await daemon.post("/devices/c0/disconnect");
    daemon.kill("SIGTERM");
    equal((await daemon.status).code, 0);
    const lines: Record<string, unknown>[] = (await daemon.log()).trimEnd().split("\n").map((line) => JSON.parse(line));
    // With that of the disconnect, which may be dropped, too: the disk has only begun to take what waited.
    const written = lines.filter(({ message }) => /^POST .*\/(dis)?connect: 200/.test(String(message))).length;
    const dropped = lines.reduce((sum, line) => sum + Number(line.dropped ?? 0), 0);
    ok(dropped > 0 && written + dropped === 3_001, `${written} written, ${dropped} dropped`);
  },
});

Deno.test({
  name: "a daemon whose log stalls ends on SIGTERM",
  ignore: !hasCompiler,
  async fn() {
    await using daemon = await serveOnStallingDisk(["c0"]);
    await daemon.stall();
    equal(await daemon.post("/devices/c0/connect"), 200);
    daemon.kill("SIGTERM");
    equal((await daemon.status).code, 0);
  },
});
