import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fakeFromYaml, yamlDriver } from "../../lib/testing/mod.ts";
import type { DeviceFunctions } from "../../lib/driver/mod.ts";
import { folderOf } from "../support/folder_of.ts";

const SUPPLY = `driver: Supply
transport: scpi
identify: { expect: "^ACME,PSU-\\\\d+" }
errors: { ok: "^[+]?0" }
setup: [ "SYST:REM" ]
values:
  current: { ask: "MEAS:CURR?", match: '([-+.\\dE]+)A', unit: A }
  low: { ask: "RANG?", field: 1, example: -5 }
  high: { ask: "RANG?", field: 2, example: "+5" }
  trace: { ask: "CURV?", block: int16, scale: 0.001, unit: V }
settings:
  voltage: { set: "VOLT {:.3f}", ask: "VOLT?", unit: V, min: 0, max: 30 }
  mode: { set: "FUNC {}", ask: "FUNC?", choices: { constant_voltage: CV, constant_current: CC } }
  output: { set: "OUTP {}", ask: "OUTP?", type: boolean }
safe: [ "OUTP OFF" ]
`;

const context = { signal: new AbortController().signal } as never;

/** The driver of a text, connected to the fake that the text gives. */
async function connected(text: string) {
  using folder = folderOf({ "psu.yaml": text });
  const file = new URL("psu.yaml", folder.url);
  const [driver, fake] = await Promise.all([yamlDriver(file), fakeFromYaml(file)]);
  const device: DeviceFunctions<Record<string, unknown>, unknown> = driver.create(driver.params.parse(fake.params));
  await device.connect!(new AbortController().signal);
  const property = (name: string) => ({
    get: () => driver.properties[name].get!(device, context),
    set: (value: unknown) => driver.properties[name].set!(device, value, context),
  });
  return {
    fake,
    device,
    property,
    async [Symbol.asyncDispose]() {
      await device.disconnect!(new AbortController().signal);
      await fake[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a fake from a YAML file answers each of its questions, in the file's own form", async () => {
  await using psu = await connected(SUPPLY);
  const { trace, ...others } = await psu.device.read!(new AbortController().signal) as Record<string, number[]>;
  equal(others, { current: 1, low: -5, high: 5 });
  equal([trace.length, trace[0], trace[25]], [100, 0.06, 0.11]);
  psu.fake.set("current", 0.25);
  equal((await psu.device.read!(new AbortController().signal) as { current: number }).current, 0.25);
});

for (const [transport, ask, value] of [["scpi", "", '{ ask: "T?" }'], ["lines", 'ask: "T?"\n', "{ field: 1 }"]]) {
  Deno.test(`a fake with transport ${transport} has the line ends of its file, and acknowledges commands as it says`, async () => {
    await using bath = await connected(`driver: Bath
transport: ${transport}
params: { terminator: CR }
${ask}expect: "^(OK|DONE)$"
values: { bath: ${value} }
settings: { setpoint: { set: "SP {:.1f}", ask: "SP?", min: 0, max: 80 } }
safe: ["SP 20"]
`);
    equal(Object.keys(await bath.device.read!(new AbortController().signal) as object), ["bath"]);
    await bath.property("setpoint").set(42);
    equal(await bath.property("setpoint").get(), 42);
  });
}

Deno.test("a setting is taken, read back, and refused beyond the limits of the fake", async () => {
  await using psu = await connected(SUPPLY);
  const [voltage, mode, output] = ["voltage", "mode", "output"].map(psu.property);
  equal([await voltage.get(), await mode.get(), await output.get()], [15, "constant_voltage", false]);
  await voltage.set(12.5);
  await mode.set("constant_current");
  await output.set(true);
  equal([await voltage.get(), await mode.get(), await output.get()], [12.5, "constant_current", true]);
  await rejects(
    async () => await voltage.set(31),
    /Cannot set voltage of 127.*: the instrument reports -222,"Data out of range"$/,
  );
  equal(await voltage.get(), 12.5);
});

Deno.test("a fake whose answer cannot be made up says what is missing", async () => {
  using folder = folderOf({ "a.yaml": "driver: A\ntransport: scpi\nvalues: { v: { ask: V?, match: 'x\\by(\\d)' } }" });
  await rejects(fakeFromYaml(new URL("a.yaml", folder.url)), /give the value an `example`, the whole answer/);
});
