/** Transcripts of a serial instrument, on the pseudo terminals of socat. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { serialCable } from "../support/serial_cable.ts";

/** Asks for a line, and for a number of bytes. */
const SCALE = `
import { connectSerial, defineDriver, openLines, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Scale",
  params: z.object({ port: z.string() }),
  permissions: ({ port }) => ({ serial: [port] }),
  create: ({ port }) => {
    let scale: LineConnection;
    return {
      connect: async (signal) => void (scale = await openLines(await connectSerial({ path: port, signal }))),
      disconnect: () => scale?.close(),
      weigh: () => scale.query("SI"),
      raw: async () => (await scale.queryBytes("RAW", 4)).toHex(),
    };
  },
  methods: { weigh: { run: (scale) => scale.weigh() }, raw: { run: (scale) => scale.raw() } },
});
`;

Deno.test("a transcript of a serial instrument answers its driver over a serial port", async () => {
  using drivers = folderOf({ "scale.ts": SCALE });
  await using it = await recordingBench();
  await it.daemon.loadDrivers(drivers.url);
  const scale = async (id: string, path: string, transcript: boolean) => {
    const permissions = { add: { serial: [path] } };
    const device = await it.daemon.addDevice(id, "Scale", { port: path }, { permissions, transcript });
    await device.connect();
    return device;
  };
  const ask = async (device: Awaited<ReturnType<typeof scale>>) => [
    await device.call("weigh"),
    await device.call("raw"),
    await device.call("weigh"),
  ];
  let grams = 12;
  await using real = fakeInstrument({
    answers: { SI: () => `S S ${grams++}.5 g`, RAW: () => new Uint8Array([0, 255, 10, 195]) },
  });
  await using cable = await serialCable(real);
  const run = await it.recordings.start({ name: "run", devices: ["*"] });
  const first = await scale("scale1", cable.path, true);
  const asked = await ask(first);
  equal(asked, ["S S 12.5 g", "00ff0ac3", "S S 13.5 g"]);
  await first.disconnect();
  await it.recordings.stop(run);

  const { body } = await it.ask("GET /recordings/run/data");
  await using fake = fakeInstrument({ transcript: body as string });
  await using other = await serialCable(fake);
  const second = await scale("scale2", other.path, false);
  equal(await ask(second), asked);
  await second.disconnect();
});
