import { ok } from "node:assert/strict";
import { connectSerial } from "labdaemon/driver";
import { fakeInstrument, fakeSerialPort } from "labdaemon/testing";
import { until } from "../support/until.ts";

Deno.test("a test of a driver that closes its serial port leaks no process: FakeSerialPort waits for its end", async () => {
  await using instrument = fakeInstrument();
  const port = await fakeSerialPort(instrument);
  const connection = await connectSerial({ path: port.path });
  let isReleased = false;
  connection.released.then(() => isReleased = true);
  const relay = childWith("serial_relay.py")!;
  // It ends as late as on a busy machine.
  Deno.kill(relay, "SIGSTOP");
  connection.close();
  const disposed = port[Symbol.asyncDispose]();
  await until("the port is unplugged", () => childWith(port.path) === undefined);
  Deno.kill(relay, "SIGCONT");
  await disposed;
  ok(isReleased);
});

/** A process that this one has started, by a part of its command. */
function childWith(part: string): number | undefined {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, , , parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(Deno.readTextFileSync(`/proc/${name}/stat`))!;
      if (Number(parent) !== Deno.pid) continue;
      if (Deno.readTextFileSync(`/proc/${name}/cmdline`).includes(part)) return Number(name);
    } catch {
      // It has ended.
    }
  }
}
