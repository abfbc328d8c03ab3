import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { benchWith } from "../support/bench.ts";
import { Watch } from "../support/watch.ts";

/** The lines of a file, once there are so many. */
async function linesOf(file: string, count: number): Promise<string[]> {
  for (;;) {
    const lines = (await Deno.readTextFile(file).catch(() => "")).split("\n").slice(0, -1);
    if (lines.length >= count) return lines;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("a method that ignores its limit: the heater is off and closed before its process ends", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/calls`;
  {
    await using bench = await benchWith({ grants: { Heater: { write: [file] } } }, "heater.ts");
    const device = await bench.daemon.addDevice("heater1", "Heater", { file }, { limits: { stopMs: 1_000 } });
    using watch = new Watch(device);
    await device.connect();
    await rejects(device.call("stuck"), { code: "DeviceTimeout", message: /no answer within 200 ms/ });
    const { error } = await watch.state("retrying");
    equal((error as { type: string }).type, "MethodHangs");
    equal(await linesOf(file, 3), ["stuck", "off", "closed"]);
    await watch.state("connected");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("when the daemon is killed, a slow heater with safe_on_shutdown is off before it is closed; the other one is closed", async () => {
  const folder = await Deno.makeTempDir();
  const [left, safe] = [`${folder}/left`, `${folder}/safe`];
  const script = new URL("../support/killed_with_heaters.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script.href, left, safe],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGKILL");
  await child.status;
  equal([await linesOf(left, 1), await linesOf(safe, 2)], [["closed"], ["off", "closed"]]);
  await reader.cancel();
  await Deno.remove(folder, { recursive: true });
});
