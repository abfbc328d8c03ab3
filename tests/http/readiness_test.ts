import { deepStrictEqual as equal, match } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { fail } from "../support/scripted_driver.ts";
import { webBench } from "../support/web_bench.ts";

/** The types and messages of the reasons that `/readyz` has. */
async function reasonsOf(bench: Awaited<ReturnType<typeof webBench>>): Promise<string[]> {
  const { status, type, context } = await bench.refusal("GET /readyz");
  equal([status, type], [503, "NotReady"]);
  return (context.reasons as { type: string; message: string }[]).map(({ type, message }) => `${type}: ${message}`);
}

Deno.test("a daemon that can do its work is alive and ready", async () => {
  await using bench = await webBench();
  for (const [path, word] of [["/livez", "alive"], ["/readyz", "ready"]]) {
    const { status, body } = await bench.ask(`GET ${path}`);
    equal([status, Object.keys(body), body.status], [200, ["status", "timestamp"], word]);
  }
});

Deno.test("without a shell the daemon is alive and healthy, and not ready", async () => {
  await using bench = await webBench({}, { host: "127.0.0.1", missing: ["/bin/sh cannot be run"] });
  equal([(await bench.ask("GET /livez")).status, (await bench.ask("GET /health")).status], [200, 200]);
  equal(await reasonsOf(bench), ["MissingRequirement: /bin/sh cannot be run"]);
  match((await bench.refusal("GET /readyz")).message, /\/bin\/sh cannot be run/);
});

Deno.test("an instrument that is absent does not make the daemon unready", async () => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no cable"));
  await bench.daemon.getDevice("daq1").connect().catch(() => {});
  equal(bench.daemon.getDevice("daq1").state, "retrying");
  equal((await bench.ask("GET /readyz")).status, 200);
});

Deno.test("devices that fail for a reason of the daemon make it unready, and are counted, not named", async () => {
  await using bench = await webBench();
  const error = new LabError("Unavailable", "Cannot start a process: the machine has no memory left");
  for (const id of ["a", "b"]) bench.daemon.addFailedDevice(id, "Any", {}, error);
  await bench.daemon.getDevice("a").connect().catch(() => {});
  await bench.daemon.getDevice("b").connect().catch(() => {});
  equal(await reasonsOf(bench), [
    "DaemonFailure: 2 devices cannot run for a failure of the daemon or its machine: Unavailable",
  ]);
});

Deno.test("a daemon that stops is not ready", async () => {
  await using bench = await webBench();
  bench.app.close();
  equal(await reasonsOf(bench), ["Stopping: the daemon stops"]);
});
