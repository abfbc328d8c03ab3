import { deepStrictEqual as equal, match } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import type { DeviceLog } from "../../lib/wire/requests.ts";
import { startCtl } from "../cli/ctl/ctl_bench.ts";

/** A bench with a device that has a secret, which the error of its instrument repeats. */
async function lampBench() {
  class Lamp {
    connect() {
      throw new Error("the password hunter2-hunter2 was refused");
    }
  }
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Lamp } });
  await daemon.addDevice("lamp1", "Lamp", { password: "hunter2-hunter2" });
  const app = createApp(daemon);
  await daemon.getDevice("lamp1").connect().catch(() => {});
  await daemon.getDevice("lamp1").disconnect();
  return {
    app,
    ask: async (path: string) => {
      const answer = await app.request(path);
      return { status: answer.status, body: await answer.json() as DeviceLog };
    },
    async [Symbol.asyncDispose]() {
      app.close();
      await daemon.shutdown();
    },
  };
}

Deno.test("GET /devices/{id}/log has the states of a device and its errors, without the secrets of its params", async () => {
  await using bench = await lampBench();
  const { body } = await bench.ask("/devices/lamp1/log");
  equal(body.lines.map(({ from, level }) => `${from} ${level}`), ["daemon debug", "daemon warning", "daemon info"]);
  match(body.lines[1].text, /^retrying, next try in \d\.\d s: .*the password \*+ was refused$/);
  equal([body.lines[2].text, body.next], ["disconnected", 3]);
  equal((await bench.ask("/devices/lamp1/log?from=2")).body.lines, [body.lines[2]]);
  for (const query of ["from=-1", "from=", "from=x", "until=5", "from=1&from=2"]) {
    equal((await bench.ask(`/devices/lamp1/log?${query}`)).status, 400, query);
  }
  equal((await bench.ask("/devices/lamp2/log")).status, 404);
});

Deno.test("ctl logs prints the lines of a device, and with --follow goes on", async () => {
  await using bench = await lampBench();
  const shown = startCtl(bench.app, ["logs", "lamp1"]);
  equal(await shown.code, 0);
  equal(shown.out.lines.length, 3);
  match(shown.out.lines[2], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {3}disconnected$/);
  const followed = startCtl(bench.app, ["logs", "lamp1", "-f", "--json"]);
  await followed.out.until(({ lines }) => lines.length === 3);
  equal(JSON.parse(followed.out.lines[2]).text, "disconnected");
  followed.interrupt();
  equal(await followed.code, 130);
});
