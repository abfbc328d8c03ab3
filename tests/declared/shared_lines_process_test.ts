import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { fakeInstrument } from "../../lib/testing/mod.ts";

const { signal } = new AbortController();

/** A device of a driver file. */
async function deviceOf(text: string, params: Record<string, unknown>) {
  const driver = await declaredDriver(text, "shared.yaml");
  const device = driver.create(driver.params.parse(params));
  return { ...device, get: (name: string) => driver.properties![name].get!(device, context) };
}

const context = { signal } as never;

for (const [transport, keys] of [["scpi", ""], ["lines", "ask: 'V1?'\n"]]) {
  const text = (channel: string, setup: string) =>
    `driver: Channel\ntransport: ${transport}\n${keys.replace("V1", `V${channel}`)}setup: [${setup}]\n` +
    `values: { voltage: { ${keys ? "match: '.+'" : `ask: "V${channel}?"`} } }\n` +
    `settings: { limit: { set: "L${channel} {}", ask: "L${channel}?" } }\n`;

  Deno.test(`four devices with transport ${transport} share the one connection that an instrument takes`, async () => {
    await using instrument = fakeInstrument({
      maxConnections: 1,
      answers: (line) => /^[VL](\d)\?$/.exec(line)?.[1],
    });
    const { host, port } = instrument;
    const devices = await Promise.all(["1", "2", "3", "4"].map((it) => deviceOf(text(it, ""), { host, port })));
    await Promise.all(devices.map((it) => it.connect!(signal)));
    const samples = await Promise.all(devices.map((it) => it.read!(signal)));
    equal(samples, [1, 2, 3, 4].map((voltage) => ({ voltage })));
    await devices[0].disconnect!(signal);
    equal(await devices[3].read!(signal), { voltage: 4 });
    await Promise.all(devices.slice(1).map((it) => it.disconnect!(signal)));
  });

  Deno.test(`transport ${transport}: a silent unit of a bus is its own failure; what the others set up is set up again`, async () => {
    const received: string[] = [];
    await using instrument = fakeInstrument({
      answers: (line) => {
        received.push(line);
        return /^V[12]\?$/.test(line) ? line[1] : undefined;
      },
    });
    const { host, port } = instrument;
    const one = await deviceOf(text("1", "REM1"), { host, port });
    const silent = await deviceOf(text("3", "REM3"), { host, port, timeout: 0.1 });
    await one.connect!(signal);
    await silent.connect!(signal);
    equal(await one.read!(signal), { voltage: 1 });
    await rejects(Promise.resolve(silent.read!(signal)), /Cannot ask "V3\?" of .*: no answer within 100 ms/);
    equal(await one.read!(signal), { voltage: 1 });
    equal(received, ["REM1", "REM3", "V1?", "V3?", "REM1", "V1?"]);
    await silent.disconnect!(signal);
    await one.disconnect!(signal);
  });
}
