import { deepStrictEqual as equal, match } from "node:assert/strict";
import { allEnded, processesWith } from "../support/processes.ts";
import { serveBench } from "../support/served_bench.ts";
import { StreamMonitor } from "../support/stream_monitor.ts";
import { until } from "../support/until.ts";

const isMissing = !await succeeds("command -v bindfs && [ -e /dev/fuse ] && [ $(id -u) = 0 ]");
if (isMissing) console.log("Skipping the test of a share that hangs: it needs bindfs, /dev/fuse and root");

async function succeeds(script: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", script], stdout: "null", stderr: "null" });
  return (await command.output()).success;
}

/** A folder as a share: its server can be stopped, and whatever asks for a file then waits in the kernel. */
async function mountShare(source: string) {
  const mount = await Deno.makeTempDir({ prefix: "labdaemon-share-" });
  await Deno.chmod(mount, 0o755);
  if (!await succeeds(`bindfs '${source}' '${mount}'`)) throw new Error(`cannot mount ${mount}`);
  const servers = processesWith(mount);
  const signal = (name: Deno.Signal) => servers.forEach((pid) => Deno.kill(pid, name));
  return {
    mount,
    hang: () => signal("SIGSTOP"),
    goOn: () => signal("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await succeeds(`umount -l '${mount}'`);
      signal("SIGKILL");
      await allEnded(servers);
      await Deno.remove(mount);
    },
  };
}

Deno.test({
  name:
    "a drivers folder on a share that hangs stops neither streams nor requests, and /readyz says so until it is back",
  ignore: isMissing,
  async fn() {
    const source = await Deno.makeTempDir();
    const counter = new URL("../support/drivers/counter.ts", import.meta.url);
    await Deno.copyFile(counter, `${source}/counter.ts`);
    await using share = await mountShare(source);
    const bench = "devices: [{ id: c1, driver: Counter, options: { sample_rate: 100 } }]";
    await using daemon = await serveBench(bench, { args: ["--drivers", share.mount] });
    const readiness = async () => {
      const response = await fetch(`${daemon.url}/readyz`);
      return { status: response.status, text: await response.text() };
    };
    equal((await readiness()).status, 200);
    const monitor = await StreamMonitor.start(daemon.url, ["c1"]);
    share.hang();
    await daemon.untilPrinted("stderr", /no answer within 5 s; is it on a share that hangs/);
    const { status, text } = await readiness();
    equal(status, 503);
    match(text, /"DriversFolder"/);
    share.goOn();
    await until("the daemon is ready again", async () => (await readiness()).status === 200);
    await monitor.stop();
    equal(monitor.violations, []);
    await Deno.remove(source, { recursive: true });
  },
});
