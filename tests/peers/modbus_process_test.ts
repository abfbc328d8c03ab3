import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { fakeFromYaml } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { serialCable } from "../support/serial_cable.ts";
import { watched } from "../support/driver_versions.ts";
import { type Peer, peerProgram, peersPython, run, startPeer } from "../support/peers.ts";
import { Watch } from "../support/watch.ts";
import { readDriverFile } from "../../lib/declared/file/read_file.ts";
import type { TransportSession } from "../../lib/declared/transport.ts";

const CHILLER = `driver: ChillerT
transport: modbus
values:
  bath: { input: 5, type: int16, scale: 0.1, unit: °C }
  flow: { input: 6, type: float32, unit: L/min }
  alarm: { discrete: 0 }
settings:
  setpoint: { holding: 10, type: int16, scale: 0.1, unit: °C, min: -10, max: 80 }
  total: { holding: 12, type: uint64, word_order: little }
  running: { coil: 1 }
  fan: { holding: 20, bit: 0 }
`;

async function pymodbus(framing: string): Promise<Peer> {
  const python = await peersPython();
  return await startPeer({
    command: (port) => [python, peerProgram("modbus_server.py"), `${port}`, framing],
    ready: /listening/,
  });
}

for (const framing of ["tcp", "rtu"]) {
  Deno.test(`a YAML driver reads and writes the units of a pymodbus server, ${framing}`, async () => {
    await using server = await pymodbus(framing);
    const { signal } = new AbortController();
    const { transport, keys, values, settings } = await readDriverFile(CHILLER, "chiller.yaml");
    for (const [unit, bath] of [[1, 213], [2, -55]]) {
      const params = transport.params.parse({ host: "127.0.0.1", port: server.port, unit, framing });
      const session: TransportSession<unknown, unknown, unknown> = await transport.open(
        { params, keys, values, settings },
        signal,
      );
      equal(await session.read!(values, signal), { bath: { raw: bath }, flow: { raw: 21.5 }, alarm: { raw: true } });
      const written: Record<string, number | bigint | boolean> = {
        setpoint: -100,
        total: 0x1234_5678_9abc_def0n,
        running: true,
        fan: true,
      };
      for (const setting of settings) {
        await session.set!(setting, written[setting.name], signal);
        equal(await session.get!(setting, signal), { raw: written[setting.name] });
      }
      await session.close();
    }
  });
}

Deno.test("two units of a pymodbus server on one serial line", async () => {
  const folder = await Deno.makeTempDir();
  const [here, there] = [`${folder}/here`, `${folder}/there`];
  const end = (path: string) => `pty,raw,echo=0,link=${path}`;
  await using _line = await startPeer({
    command: () => ["socat", "-d", "-d", end(here), end(there)],
    ready: /starting data transfer loop/,
  });
  const python = await peersPython();
  await using _server = await startPeer({
    command: () => [python, peerProgram("modbus_server.py"), there, "serial"],
    ready: /listening/,
  });
  const { signal } = new AbortController();
  const { transport, keys, values, settings } = await readDriverFile(CHILLER, "chiller.yaml");
  const sessions = await Promise.all([1, 2].map((unit): Promise<TransportSession<unknown, unknown, unknown>> => {
    const params = transport.params.parse({ serial: here, parity: "none", unit, pause: 0.005 });
    equal(transport.permissions(params), { serial: [here] });
    return transport.open({ params, keys, values, settings }, signal);
  }));
  for (let i = 0; i < 5; i++) {
    const found = await Promise.all(sessions.map((session) => session.read!(values, signal)));
    equal(found.map(({ bath }) => bath.raw), [213, -55]);
  }
  for (const session of sessions) await session.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a device of a YAML driver streams the registers of a pymodbus server, also after the server was away", async () => {
  await using server = await pymodbus("tcp");
  await using bench = await watched({ "chiller.yaml": CHILLER });
  const device = await bench.daemon.addDevice("chiller1", "ChillerT", { host: "127.0.0.1", port: server.port }, {
    restart: { initialDelayMs: 50, maxDelayMs: 50 },
  });
  equal(device.status().permissions, { net: [`127.0.0.1:${server.port}`] });
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming(undefined, { sample_rate: 50 });
  const sample = { bath: 21.3, flow: 21.5, alarm: true };
  equal((await watch.sample()).payload, sample);
  await server.kill();
  await watch.state("retrying");
  await server.restart();
  await watch.state("streaming");
  equal((await watch.sample()).payload, sample);
});

/** A further master, where the machine has it. */
const hasMbpoll = await run("mbpoll", "-V").then(() => true, () => false);

Deno.test({
  name: "the fake of a YAML driver answers mbpoll by TCP and on a serial line, and refuses what is beyond limits",
  ignore: !hasMbpoll,
  async fn() {
    using folder = folderOf({
      "chiller.yaml": CHILLER.replace("type: int16, scale", "type: int16, example: 213, scale"),
    });
    const file = new URL("chiller.yaml", folder.url);
    await using fake = await fakeFromYaml(file);
    const { host, port } = fake.params as { host: string; port: number };
    const poll = (...args: string[]) => run("mbpoll", "-1", "-0", "-q", "-a", "1", ...args);
    const tcp = ["-m", "tcp", "-p", `${port}`, host];
    match(await poll("-r", "5", "-t", "3", ...tcp), /\[5\]:\s+213/);
    await poll("-r", "10", "-t", "4", ...tcp, "415");
    equal(fake.get("setpoint"), 415);
    await rejects(poll("-r", "10", "-t", "4", ...tcp, "801"), /Illegal data value/);
    equal(fake.get("setpoint"), 415);

    using rtu = folderOf({ "chiller.yaml": CHILLER.replace("values:", "params: { framing: rtu }\nvalues:") });
    await using unit = await fakeFromYaml(new URL("chiller.yaml", rtu.url));
    await using cable = await serialCable(unit.params as { host: string; port: number });
    unit.set("bath", -55);
    const serial = await poll("-m", "rtu", "-b", "19200", "-P", "none", "-r", "5", "-t", "3", cable.path);
    match(serial, /\[5\]:\s+65481 \(-55\)/);
  },
});
