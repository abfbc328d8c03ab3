import { deepStrictEqual as equal } from "node:assert/strict";
import { watched } from "../support/driver_versions.ts";
import { peerProgram, startPeer } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { Watch } from "../support/watch.ts";

const BYTES = `driver: Logger
transport: udp
endian: little
starts_with: 4c44
values:
  counter: { at: 2, type: uint16 }
  temperature: { at: 4, type: float32, unit: °C }
  alarm: { at: 8, type: uint8, bit: 2 }
  wave: { at: 9, type: int16, count: 4, scale: 0.5, unit: mV }
settings:
  gain: { send: "GAIN {:.1f}", min: 1, max: 8 }
`;

const TEXT = `driver: Weather
transport: udp
values:
  temperature: { match: 'T=([\\d.]+)', unit: °C }
  humidity: { match: 'H=([\\d.]+)', unit: "%" }
`;

/** An instrument that sends to a port. */
const sender = (port: number, kind: string) =>
  startPeer({
    command: () => ["python3", peerProgram("datagrams.py"), `${port}`, kind],
    ready: /listening on (\d+)/,
  });

Deno.test("a YAML driver reads datagrams that Python's struct has packed, and sends its settings", async () => {
  const port = freePort();
  await using instrument = await sender(port, "little");
  await using bench = await watched({ "logger.yaml": BYTES });
  const params = { port, address: "127.0.0.1", from: "127.0.0.1", to_host: "127.0.0.1", to_port: instrument.port };
  const device = await bench.daemon.addDevice("logger1", "Logger", params);
  equal(device.status().permissions, { net: [`127.0.0.1:${port}`, `127.0.0.1:${instrument.port}`] });
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming();
  const isWhole = ({ payload }: { payload?: unknown }) => (payload as Record<string, unknown>)?.temperature === 21.3;
  equal((await watch.next(isWhole)).payload, { counter: 7, temperature: 21.3, alarm: true, wave: [0.5, -1, 1.5, -2] });
  const isCut = ({ payload }: { payload?: unknown }) => (payload as Record<string, unknown>)?.temperature === null;
  equal((await watch.next(isCut)).payload, {
    counter: 7,
    temperature: null,
    alarm: null,
    wave: null,
    quality: {
      temperature: "expected 8 bytes or more, found 4",
      alarm: "expected 9 bytes or more, found 4",
      wave: "expected 17 bytes or more, found 4",
    },
  });
  await device.setProperty("gain", 2.5);
  await instrument.printed(/received GAIN 2\.5\n/);
});

Deno.test("a YAML driver reads texts in datagrams, and says so when they stop", async () => {
  const port = freePort();
  await using instrument = await sender(port, "text");
  await using bench = await watched({ "weather.yaml": TEXT });
  const device = await bench.daemon.addDevice("w1", "Weather", { port, address: "127.0.0.1", silence: 0.5 });
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming();
  equal((await watch.sample()).payload, { temperature: 21.5, humidity: 40 });
  await instrument.kill();
  const { error } = await watch.state("retrying") as { error?: { message: string } };
  equal(error?.message, `There was no datagram at 127.0.0.1:${port} for 0.5 s`);
});
