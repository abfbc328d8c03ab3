/** Serial ports, on the pseudo terminals of socat. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { RELAY_PROGRAM } from "../../lib/driver/connection/connect_serial.ts";
import { SerialRelay } from "../../lib/driver/connection/serial_relay.ts";
import { connectSerial, openLines } from "../../lib/driver/mod.ts";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { benchOf } from "../support/bench.ts";
import { serialCable } from "../support/serial_cable.ts";
import { Watch } from "../support/watch.ts";

const BALANCE = `
import { connectSerial, defineDriver, openLines, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Balance",
  params: z.object({ port: z.string(), other: z.string().optional() }),
  permissions: ({ port }) => ({ serial: [port] }),
  create: ({ port, other }) => {
    let balance: LineConnection;
    return {
      async connect(signal) {
        balance = await openLines(await connectSerial({ path: other ?? port, baud: 19200, signal }));
      },
      disconnect: () => balance?.close(),
      weigh: () => balance.query("SI"),
    };
  },
  methods: { weigh: { run: (balance) => balance.weigh() } },
});
`;

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 10, maxDelayMs: 100 };

Deno.test("a driver reaches its instrument over a serial port, with the permission of that port and no other", async () => {
  await using instrument = fakeInstrument({ answers: { SI: "S S 12.5 g" } });
  await using cable = await serialCable(instrument);
  const { path } = cable;
  await using bench = await benchOf({ "balance.ts": BALANCE });
  const { daemon } = bench;
  const permissions = { add: { serial: [path] } };
  const balance = await daemon.addDevice("balance1", "Balance", { port: path }, { restart: AT_ONCE, permissions });
  equal(balance.status().permissions, { serial: [path] });
  using watch = new Watch(balance);
  await balance.connect();
  equal(await balance.call("weigh"), "S S 12.5 g");

  // Another device finds the port in use.
  const second = await daemon.addDevice("balance2", "Balance", { port: path }, { permissions });
  await rejects(second.connect(), {
    type: "EBUSY",
    message: `Cannot open the serial port ${path}: another program uses it`,
  });
  await second.disconnect();

  // A port that was not granted stays closed.
  const third = await daemon.addDevice("balance3", "Balance", { port: path, other: "/dev/ttyS77" }, { permissions });
  await rejects(third.connect(), { type: "PermissionDenied", message: /serial access to "\/dev\/ttyS77"/ });
  await third.disconnect();

  // The cable is pulled while the port is idle, and plugged in again.
  await cable.unplug();
  const { error } = await watch.next(({ state }) => state === "retrying");
  match((error as Error).message, /^The connection to .* is lost: it was unplugged$/);
  await cable.replug();
  await watch.next(({ state }) => state === "connected");
  equal(await balance.call("weigh"), "S S 12.5 g");
});

Deno.test("a port has the settings that were asked for; what the system has not is an error", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  await using cable = await serialCable(instrument);
  const { path } = cable;
  const bytes = await connectSerial({ path, baud: 115_200, bits: 7, parity: "odd", stop: 2, flow: "software" });
  using connection = await openLines(bytes);
  equal(await connection.query("A?"), "1");
  const { stdout } = await new Deno.Command("stty", { args: ["-F", path, "-a"] }).output();
  const settings = new TextDecoder().decode(stdout);
  for (const word of ["speed 115200 baud", " inpck", " parodd", " cstopb", " ixon", " -echo", " -icanon"]) {
    equal(settings.includes(word), true, `${word} in ${settings}`);
  }
  // A pseudo terminal has no such lines.
  await rejects(bytes.setLines({ rts: true }), /^LabError: Cannot switch lines of .*: Inappropriate ioctl/);
  await rejects(bytes.modemLines(), /^LabError: Cannot read the lines of .*: Inappropriate ioctl/);
  connection.close();
  await bytes.released;

  await rejects(connectSerial({ path, baud: 123 }), /123 baud is no rate that this system has/);
  await rejects(connectSerial({ path: "/dev/null" }), /\/dev\/null: it is no serial port$/);
  await rejects(connectSerial({ path: `${path}x` }), { type: "ENOENT", message: /No such file or directory$/ });
});

Deno.test("a pseudo terminal is opened again with the parity that it has not, and the device heals", async () => {
  await using instrument = fakeInstrument({ answers: { "A?": "1" } });
  await using cable = await serialCable(instrument);
  // While another program holds it, the port keeps its settings.
  using _held = await Deno.open(cable.path);
  for (const _attempt of [1, 2]) {
    const bytes = await connectSerial({ path: cable.path, baud: 19_200, bits: 7, parity: "even" });
    const connection = await openLines(bytes);
    equal(await connection.query("A?"), "1");
    connection.close();
    await bytes.released;
  }
});

Deno.test("the relay itself opens the granted ports only, whatever a driver writes to it", async () => {
  const child = new Deno.Command("python3", {
    args: ["-I", "-S", decodeURIComponent(RELAY_PROGRAM.pathname), JSON.stringify(["/dev/ttyS77"])],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reading = Promise.withResolvers<void>();
  const relay = new SerialRelay({
    write: (bytes) => void writer.write(bytes),
    listen: async (callback) => {
      for await (const bytes of child.stdout) callback(bytes);
      callback(null);
      reading.resolve();
    },
  });
  await rejects(relay.open({ path: "/dev/tty" }), { message: "it is not granted" });
  await rejects(relay.open({ path: "/dev/ttyS77" }), /^ENOENT|^EIO|^ENXIO|No such|Input/);
  await writer.close();
  await reading.promise;
  await child.status;
  await rejects(relay.open({ path: "/dev/ttyS77" }), /the relay of serial ports has ended/);
});
