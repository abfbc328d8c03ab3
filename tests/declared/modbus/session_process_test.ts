import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { readDriverFile } from "../../../lib/declared/file/read_file.ts";
import type { TransportSession } from "../../../lib/declared/transport.ts";
import { type FakeModbus, fakeModbus } from "../../../lib/testing/mod.ts";
import { collectGarbage } from "../../support/garbage.ts";

const { signal } = new AbortController();

const CHILLER = `driver: ChillerT
transport: modbus
values:
  bath: { input: 5, type: int16, scale: 0.1, unit: °C }
  flow: { input: 6, type: float32, unit: L/min }
  alarm: { discrete: 0 }
  pump: { holding: 20, bit: 3 }
settings:
  setpoint: { holding: 10, type: int16, scale: 0.1, unit: °C, min: -10, max: 80 }
  total: { holding: 12, type: uint32, word_order: little }
  running: { coil: 1 }
  fan: { holding: 20, bit: 0 }
safe: [{ coil: 1, value: false }]
`;

/** The file with one value. */
const BATH_ONLY = CHILLER.replace(/ +(flow|alarm|pump):.*\n/g, "");

const unit = () => ({
  input: { 5: 213, 6: 0x41ac, 7: 0 },
  discrete: { 0: true },
  holding: { 10: 200, 12: 0x5678, 13: 0x1234, 20: 0b1000 },
  coil: { 1: true },
});

/** For units that do not answer. All others have the time that a busy machine needs. */
const SOON = { timeout: 0.3 };

async function opened(fake: FakeModbus, text = CHILLER, params: Record<string, unknown> = {}) {
  const { transport, keys, values, settings, safe } = await readDriverFile(text, "chiller.yaml");
  const parsed = transport.params.parse({ host: fake.host, port: fake.port, timeout: 60, ...params });
  const session: TransportSession<unknown, unknown, unknown> = await transport.open(
    { params: parsed, keys, values, settings },
    signal,
  );
  return {
    session,
    values,
    safe,
    read: () => session.read!(values, signal),
    setting: (name: string) => settings.find((it) => it.name === name)!,
    [Symbol.asyncDispose]: async () => await session.close(),
  };
}

for (const framing of ["tcp", "rtu"] as const) {
  Deno.test(`modbus, ${framing}: values are read together, and settings are written and read back`, async () => {
    await using fake = fakeModbus({ units: { 7: unit() }, framing });
    await using device = await opened(fake, CHILLER, { unit: 7, framing });
    fake.requests.length = 0;
    equal(await device.read(), {
      bath: { raw: 213 },
      flow: { raw: 21.5 },
      alarm: { raw: true },
      pump: { raw: true },
    });
    equal(fake.requests.map(({ code, start, count }) => [code, start, count]), [[2, 0, 1], [4, 5, 3], [3, 20, 1]]);
    const { session, setting } = device;
    const written = async (name: string, raw: number | boolean) => {
      await session.set!(setting(name), raw, signal);
      return await session.get!(setting(name), signal);
    };
    equal(await session.get!(setting("total"), signal), { raw: 0x12345678 });
    equal(await written("setpoint", -55), { raw: -55 });
    equal(await written("total", 0xfedcba98), { raw: 0xfedcba98 });
    equal(await written("running", false), { raw: false });
    equal(await written("running", true), { raw: true });
    equal(await written("fan", true), { raw: true });
    equal(fake.units[7].holding, { 10: 0x10000 - 55, 12: 0xba98, 13: 0xfedc, 20: 0b1001 });
    await session.command!(device.safe[0], signal);
    equal(fake.units[7].coil, { 1: false });
  });
}

Deno.test("modbus: a register that the unit refuses costs no other value, and is read alone from then on", async () => {
  await using fake = fakeModbus({ units: { 1: unit() } });
  await using device = await opened(fake);
  delete fake.units[1].input![6];
  const { bath, flow } = await device.read();
  equal(bath, { raw: 213 });
  match(flow.quality!, /^illegal data address/);
  fake.requests.length = 0;
  await device.read();
  equal(fake.requests.length, 4);
  await rejects(
    device.session.set!(device.setting("setpoint"), 40_000, signal),
    /"setpoint".*which is int16, found 40000/,
  );
  delete fake.units[1].holding![10];
  await rejects(
    device.session.set!(device.setting("setpoint"), 4, signal),
    /Cannot write "setpoint" of unit 1: illegal/,
  );
});

Deno.test("modbus: a not-a-number of the unit is no value", async () => {
  await using fake = fakeModbus({ units: { 1: { ...unit(), input: { 5: 0, 6: 0x7fc0, 7: 0 } } } });
  await using device = await opened(fake);
  equal((await device.read()).flow, { quality: "the register holds NaN" });
});

Deno.test("modbus: a unit that is silent is that unit's failure, and its neighbour goes on", async () => {
  for (const framing of ["tcp", "rtu"] as const) {
    await using fake = fakeModbus({ units: { 1: unit(), 2: unit() }, framing });
    await using one = await opened(fake, CHILLER, { ...SOON, unit: 1, framing });
    await using two = await opened(fake, CHILLER, { ...SOON, unit: 2, framing });
    equal(fake.connections, 1);
    delete fake.units[1];
    const lost = rejects(one.read(), /Cannot read 1 discrete from 0 of unit 1 at 127.*not answered within 300 ms/);
    equal((await two.read()).bath, { raw: 213 });
    await lost;
    equal((await two.read()).bath, { raw: 213 });
    await rejects(opened(fake, CHILLER, { ...SOON, unit: 3, framing }), /of unit 3 at .*not answered/);
    equal((await two.read()).bath, { raw: 213 });
  }
});

Deno.test("modbus: a connection that ends is noticed at once, and opened again", async () => {
  await using fake = fakeModbus({ units: { 1: unit() } });
  await using device = await opened(fake, CHILLER, SOON);
  fake.delayMs = 10_000;
  const lost = rejects(device.read(), /The connection to 127\.0\.0\.1:\d+ is lost/);
  await fake.drop();
  await lost;
  // While another test starts a process, its copy of the listener may still accept a connection, which is then lost.
  await rejects(device.read(), /Cannot connect to 127\.0\.0\.1:\d+: .*refused|The connection .* is lost|not answered/i);
  fake.delayMs = 0;
  await fake.restore();
  equal((await device.read()).bath, { raw: 213 });
});

/** The faults of an answer. The next question gets its own answer after each of them. */
const FAULTS: Record<string, (answer: Uint8Array) => Uint8Array | Uint8Array[]> = {
  "no answer": () => [],
  "half an answer": (answer) => answer.slice(0, answer.length / 2),
  "two answers": (answer) => [answer, answer],
  "single bytes": (answer) => [...answer].map((byte) => Uint8Array.of(byte)),
  "garbage before it": (answer) => Uint8Array.of(...new TextEncoder().encode("HTTP/1.1 400 Bad Request"), ...answer),
  "NUL bytes before it": (answer) => Uint8Array.of(...new Uint8Array(40), ...answer),
  "a damaged byte": (answer) => answer.with(answer.length - 3, answer.at(-3)! ^ 0x55),
  "a hundred kilobytes": () => new Uint8Array(100_000).fill(0x37),
};

async function survives(framing: "tcp" | "rtu", name: string): Promise<void> {
  await using fake = fakeModbus({ units: { 1: unit() }, framing });
  await using device = await opened(fake, BATH_ONLY, { ...SOON, framing });
  fake.garble = FAULTS[name];
  const found = await device.read().catch((error: Error) => error.message);
  ok(typeof found === "string" ? /Cannot read|is lost/.test(found) : found.bath.raw !== undefined, `${name}: ${found}`);
  fake.garble = undefined;
  for (let bath = 300; bath < 305; bath++) {
    fake.units[1].input![5] = bath;
    // A connection that the fault has ended is opened by the next turn.
    const { bath: read } = await device.read().catch(() => device.read());
    equal([name, read.raw], [name, bath]);
  }
}

for (const framing of ["tcp", "rtu"] as const) {
  Deno.test(`modbus, ${framing}: after a fault of any kind, the next questions get their own answers`, async () => {
    await Promise.all(Object.keys(FAULTS).map((name) => survives(framing, name)));
  });

  Deno.test(`modbus, ${framing}: an answer that comes late is never the next question's`, async () => {
    await using fake = fakeModbus({ units: { 1: unit() }, framing });
    await using device = await opened(fake, BATH_ONLY, { ...SOON, framing });
    fake.delayMs = 400;
    await rejects(device.read(), /not answered within 300 ms/);
    fake.delayMs = 0;
    fake.units[1].input![5] = 999;
    equal((await device.read()).bath.raw, 999);
  });
}

for (
  const [what, count, message] of [
    ["a number of bytes below what was asked", 2, "its answer has 2 bytes of values, expected 4"],
    ["a number of bytes beyond its end", 255, "its answer has not the length that it names"],
  ] as [string, number, string][]
) {
  Deno.test(`modbus: an answer that names ${what} is an error in words, and no value`, async () => {
    await using fake = fakeModbus({ units: { 1: unit() } });
    await using device = await opened(
      fake,
      "driver: T\ntransport: modbus\nvalues: { flow: { input: 6, type: float32 } }",
    );
    fake.garble = (answer) => answer.with(8, count);
    await rejects(device.read(), new RegExp(`Cannot read 2 inputs from 6 .*: ${message}$`));
  });
}

Deno.test("an answer leaves the memory of the device's process, however long the connection lasts: each left 740 bytes", async () => {
  await using fake = fakeModbus({ units: { 1: unit() } });
  await using device = await opened(fake, BATH_ONLY);
  const heapAfter = async (reads: number) => {
    for (let i = 0; i < reads; i++) {
      await device.read();
      fake.requests.length = 0;
    }
    collectGarbage();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await heapAfter(200);
  const grown = await heapAfter(2_000) - before;
  ok(grown < 700_000, `2,000 answers leave ${grown} bytes`);
});
