import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { declaredDriver } from "../../../lib/declared/file/declared_driver.ts";
import { type FakeInstrument, fakeInstrument } from "../../../lib/testing/mod.ts";

const { signal } = new AbortController();
const context = { signal } as never;

/** A device of a driver text, connected to a fake. */
async function connected(text: string, fake: FakeInstrument) {
  const driver = await declaredDriver(`driver: Arduino\ntransport: lines\n${text}`, "arduino.yaml");
  const device = driver.create(driver.params.parse({ host: fake.host, port: fake.port }));
  await device.connect!(signal);
  const set = async (name: string, value: unknown) => await driver.properties[name].set!(device, value, context);
  const get = async (name: string) => await driver.properties[name].get!(device, context);
  return { device, set, get, [Symbol.asyncDispose]: async () => await device.disconnect!(signal) };
}

Deno.test("an instrument that prints by itself: each line is a sample, and what is no value is none", async () => {
  await using fake = fakeInstrument();
  await using arduino = await connected(
    `skip: "^#"
values:
  temperature: { field: 1, unit: °C }
  humidity: { field: 2, scale: 0.1, unit: "%" }
`,
    fake,
  );
  const stop = new AbortController();
  const samples: unknown[] = [];
  const streaming = (async () => {
    for await (const sample of arduino.device.stream!(stop.signal, {})) {
      samples.push(sample);
      if (samples.length === 3) stop.abort();
    }
  })();
  for (const line of ["5,40", "21.5,405", "# comment", "Arduino ready", "", "21.6,--", "21.7,406"]) {
    await fake.send(line);
  }
  await streaming;
  // The first line may be the end of one that had begun before the connection.
  equal(samples, [
    { temperature: 21.5, humidity: 40.5 },
    { temperature: 21.6, humidity: null, quality: { humidity: 'expected a number, found "--"' } },
    { temperature: 21.7, humidity: 40.6 },
  ]);
});

Deno.test("an instrument that prints when it is asked is polled, and a wrong answer is an error that quotes it", async () => {
  await using fake = fakeInstrument({ answers: { "READ?": "T=21.5" } });
  await using scale = await connected(`ask: "READ?"\nvalues: { temperature: { key: T } }\n`, fake);
  equal(await scale.device.read!(signal), { temperature: 21.5 });
  fake.answers = { "READ?": "ERR 5" };
  await rejects(
    async () => await scale.device.read!(signal),
    /Cannot read 127.* by "READ\?": "ERR 5" holds none of the values/,
  );
});

Deno.test("a setting is acknowledged, read back, and refused in the instrument's own words", async () => {
  const answers: Record<string, string> = { "RATE 5": "OK", "RATE?": "rate 5 Hz", "RATE 9": "E2 range" };
  await using fake = fakeInstrument({ answers });
  await using device = await connected(
    `expect: "^OK$"
settings: { rate: { set: "RATE {}", ask: "RATE?", match: 'rate (\\d+)', unit: Hz } }
`,
    fake,
  );
  await device.set("rate", 5);
  equal(await device.get("rate"), 5);
  await rejects(device.set("rate", 9), /Cannot send "RATE 9" to 127.*: expected \/\^OK\$\/, found "E2 range"/);
});

Deno.test("a group that the pattern does not have is refused with its place", async () => {
  const text = "driver: A\ntransport: lines\npattern: '(?<t>\\d+)'\nvalues: { t: { group: temp } }";
  await rejects(declaredDriver(text, "a.yaml"), /a\.yaml:4:23: key values\.t\.group: expected one of t/);
});

Deno.test("a value with choices is one of them, also where its text is no number", async () => {
  await using fake = fakeInstrument({ answers: { SI: "S D  12.34 g" } });
  await using balance = await connected(
    `ask: SI
pattern: '^S (?<state>[SD]) +(?<mass>[-\\d.]+) g'
values:
  mass: { group: mass, unit: g }
  stable: { group: state, choices: { "yes": S, "no": D } }
`,
    fake,
  );
  equal(await balance.device.read!(signal), { mass: 12.34, stable: "no" });
});
