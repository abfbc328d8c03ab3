import { deepStrictEqual as equal, match } from "node:assert/strict";
import { TokenStore } from "../../lib/access/token_store.ts";
import { allEnded, processesWith } from "../support/processes.ts";
import { serveBench } from "../support/served_bench.ts";
import { StreamMonitor } from "../support/stream_monitor.ts";
import { until, within } from "../support/until.ts";

const isMissing = !await succeeds("command -v bindfs && [ -e /dev/fuse ] && [ $(id -u) = 0 ]");
if (isMissing) console.log("Skipping the test of a share that hangs: it needs bindfs, /dev/fuse and root");

async function succeeds(script: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", script], stdout: "null", stderr: "null" });
  return (await command.output()).success;
}

/** Kills a process that may end by itself meanwhile: a server does once its folder is unmounted. */
function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
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
      servers.forEach(kill);
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

Deno.test({
  name: "a data folder on a share that hangs stops neither streams nor what makes the bench safer, and the daemon ends",
  ignore: isMissing,
  async fn() {
    const source = await Deno.makeTempDir();
    const { token } = await (await TokenStore.open(source)).create({ name: "me", scope: "admin" });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    await using share = await mountShare(source);
    const bench = `data: ${share.mount}\ndevices: [{ id: c1, driver: Counter, options: { sample_rate: 100 } }]`;
    await using daemon = await serveBench(bench, { drivers: ["counter.ts"], isHasty: true });
    const ask = async (request: string, body?: unknown): Promise<[number, string]> => {
      const [method, path] = request.split(" ");
      const response = await fetch(daemon.url + path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      return [response.status, await response.text()];
    };
    await until("c1 is connected", async () => /"connected":true/.test((await ask("GET /devices/c1"))[1]));
    await using reader = await daemon.open("/stream/devices/c1", headers);
    const { sequence: first } = await reader.sample();
    share.hang();
    // Each of them is refused after 5 s, in which the stream goes on.
    const asked = Promise.all([
      ask("POST /devices/c1/enable"),
      ask("POST /tokens", { name: "other", scope: "read" }),
      ask("GET /audit"),
      // More than the runtime has threads: each one that hangs would hold one.
      ...Array.from({ length: 40 }, () => ask("GET /audit")),
    ]);
    const refused = await within(asked, () => "the daemon does not answer");
    for (const [status, text] of refused) {
      equal(status, 503);
      match(text, /"Unavailable"/);
    }
    const { sequence: produced } = JSON.parse((await ask("GET /devices/c1"))[1]).stream;
    await reader.next(({ sequence }) => Number(sequence) >= produced);
    const samples = reader.events.filter(({ event }) => event === "device_data");
    equal(samples.map(({ sequence }) => sequence), samples.map((_, i) => Number(first) + i));
    // It is written down later, since it makes the bench safer.
    equal((await ask("POST /devices/c1/disconnect"))[0], 200);
    daemon.kill("SIGTERM");
    await daemon.untilPrinted("stderr", /The data folder was not closed: not done within 2000 ms/);
    // The kernel lets a process end only when what it has asked the share for is answered.
    share.goOn();
    equal((await daemon.status).code, 0);
    await Deno.remove(source, { recursive: true });
  },
});
