import { deepStrictEqual as equal } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { folderOf } from "../support/folder_of.ts";
import { startPeer } from "../support/peers.ts";

/** The receiver's own sentences, with their checksums. */
const NMEA = `$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47
$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48
`;

const RECEIVER = `driver: GpsReceiver
transport: lines
setup: ['?WATCH={"enable":true,"nmea":true};']
skip: '^\\{'
checksum: nmea
values:
  altitude: { line: '^\\$GPGGA', field: 10, unit: m }
  satellites: { line: '^\\$GPGGA', field: 8, type: integer }
  speed: { line: '^\\$GPVTG', field: 8, unit: km/h }
`;

const ARDUINO = `driver: Arduino
transport: lines
values:
  temperature: { key: T, unit: °C }
  humidity: { key: H, unit: "%" }
`;

/** The first samples of a driver's stream. */
async function samplesOf(text: string, params: Record<string, unknown>, count: number): Promise<unknown[]> {
  const driver = await declaredDriver(text, "driver.yaml");
  const device = driver.create(driver.params.parse(params));
  const stop = new AbortController();
  await device.connect!(stop.signal);
  const samples: unknown[] = [];
  try {
    for await (const sample of device.stream!(stop.signal, {})) {
      if (samples.push(sample) === count) break;
    }
  } finally {
    await device.disconnect!(stop.signal);
  }
  return samples;
}

Deno.test("transport lines reads the sentences of a receiver through gpsd", async () => {
  using folder = folderOf({ "track.nmea": NMEA });
  await using gpsd = await startPeer({
    command: (port) => ["gpsfake", "-c", "0.05", "-P", String(port), `${folder.path}/track.nmea`],
    ready: /log cycle of .* begins/,
  });
  const samples = await samplesOf(RECEIVER, { host: "127.0.0.1", port: gpsd.port }, 4);
  const [position, speed] = [{ altitude: 545.4, satellites: 8 }, { speed: 10.2 }];
  const isSpeedFirst = "speed" in (samples[0] as object);
  equal(samples, isSpeedFirst ? [speed, position, speed, position] : [position, speed, position, speed]);
});

Deno.test("transport lines reads what a program prints on a serial port, without the line that began before", async () => {
  using folder = folderOf({ "arduino.sh": 'while echo "T=21.5 H=40"; do sleep 0.05; done 2>/dev/null\n' });
  const link = `${folder.path}/port`;
  await using _socat = await startPeer({
    command: () => ["socat", "-d", "-d", `PTY,link=${link},raw,echo=0`, `SYSTEM:"sh ${folder.path}/arduino.sh"`],
    ready: /starting data transfer loop/,
  });
  const samples = await samplesOf(ARDUINO, { serial: await Deno.realPath(link), terminator: "LF" }, 3);
  equal(samples, Array(3).fill({ temperature: 21.5, humidity: 40 }));
});
