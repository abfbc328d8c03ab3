import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { LabError } from "../../lib/errors.ts";
import { bytesOfLatin1 } from "../../lib/format/encodings.ts";
import { describeDriver } from "../../lib/host/runtime/describe.ts";
import { checkDriver, fakeInstrument, yamlDriver } from "../../lib/testing/mod.ts";
import { save, watched } from "../support/driver_versions.ts";
import { driversUntil } from "../support/drivers_of.ts";
import { folderOf } from "../support/folder_of.ts";
import { Watch } from "../support/watch.ts";

const METER = `driver: Meter
transport: scpi
identify: { ask: "*IDN?", expect: "^ACME" }
values: { voltage: { ask: "MEAS?", unit: V } }
`;

const answers = { "*IDN?": "ACME,Meter", "MEAS?": "+1.25E+00" };

Deno.test("a YAML driver keeps the driver contract, and survives the loss of its instrument", async () => {
  using folder = folderOf({ "meter.yaml": METER });
  await using fake = fakeInstrument({ answers });
  const results = await checkDriver(new URL("meter.yaml", folder.url), {
    params: { host: fake.host, port: fake.port },
    options: { sample_rate: 5 },
    instrument: fake,
    limits: { sampleMs: 2_000 },
  });
  equal(results.filter(({ status }) => status === "failed"), []);
  const passed = new Map(results.map(({ rule, status }) => [rule, status]));
  for (const rule of ["loads", "streams", "sample-rate", "sample-schema", "survives-loss", "leaves-nothing"]) {
    equal(passed.get(rule), "passed", rule);
  }
});

Deno.test("a saved YAML driver is reloaded: its device streams the new values, and a faulty one changes nothing", async () => {
  await using bench = await watched({ "meter.yaml": METER });
  await using fake = fakeInstrument({ answers: { ...answers, "TEMP?": "9.9E37" } });
  const device = await bench.daemon.addDevice("m1", "Meter", { host: fake.host, port: fake.port });
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 50 });
  using watch = new Watch(device);
  equal((await watch.sample()).payload, { voltage: 1.25 });

  await save(bench, "meter.yaml", METER.replace("values:", "valeus:"));
  const [broken] = await driversUntil(bench.daemon, ([{ error }]) => /valeus/.test(error?.message ?? ""));
  match(broken.error!.message, /meter\.yaml:4:1: key valeus: .* did you mean values\?/);
  equal([broken.status, device.state], ["loaded", "streaming"]);

  await save(bench, "meter.yaml", METER.replace("} }", "}, temperature: { ask: TEMP?, unit: °C } }"));
  await watch.next(({ reason }) => reason === "reloaded");
  equal((await watch.sample()).payload, {
    voltage: 1.25,
    temperature: null,
    quality: { temperature: "overload (9.9E37)" },
  });
  ok(device.status().restarts === 0);
});

Deno.test("YAML drivers of one transport share a process: each has its own values, and the loss of one is its own", async () => {
  const other = METER.replace("Meter", "Other").replace("MEAS?", "TEMP?");
  await using bench = await watched({ "meter.yaml": METER, "other.yaml": other });
  await using fake = fakeInstrument({ answers });
  await using otherFake = fakeInstrument({ answers: { ...answers, "TEMP?": "21.5" } });
  const add = (id: string, type: string, { host, port }: typeof fake) =>
    bench.daemon.addDevice(id, type, { host, port }, { streaming: "always", options: { sample_rate: 20 } });
  const [one, two] = [await add("m1", "Meter", fake), await add("o1", "Other", otherFake)];
  using watchOne = new Watch(one);
  using watchTwo = new Watch(two);
  await Promise.all([one.connect(), two.connect()]);
  equal((await watchOne.sample()).payload, { voltage: 1.25 });
  equal((await watchTwo.sample()).payload, { voltage: 21.5 });
  equal(one.status().shared_process?.devices.toSorted(), ["m1", "o1"]);

  await otherFake.drop();
  await watchTwo.state("retrying");
  await watchOne.sample();
  await otherFake.restore();
  await watchTwo.state("streaming");
  equal([one.status().restarts, one.state], [0, "streaming"]);
});

Deno.test("a YAML device that is added disturbs no other, whatever its address and its driver", async () => {
  await using bench = await watched({ "meter.yaml": METER });
  await using fake = fakeInstrument({ answers: { ...answers, "TEMP?": "21.5" } });
  await using elsewhere = fakeInstrument({ answers });
  const { daemon } = bench;
  const params = { host: fake.host, port: fake.port };
  const first = await daemon.addDevice("m1", "Meter", params, { streaming: "always", options: { sample_rate: 20 } });
  using watch = new Watch(first);
  await first.connect();
  await watch.sample();
  const states = watch.states.length;
  const { permissions } = first.status();
  equal(permissions, { net: [`${fake.host}:${fake.port}`] });

  const other = { host: elsewhere.host, port: elsewhere.port };
  const second = await daemon.addDevice("m2", "Meter", other);
  await second.connect();
  // A process may reach what its devices need, and no more.
  equal([first.status().permissions, second.status().permissions], [permissions, {
    net: [`${other.host}:${other.port}`],
  }]);
  equal([first, second].map((device) => device.status().shared_process?.devices), [["m1"], ["m2"]]);

  // At a known address, the devices are together: they may share a connection there.
  await save(bench, "other.yaml", METER.replace("Meter", "Other").replace("MEAS?", "TEMP?"));
  await driversUntil(daemon, (drivers) => drivers.some(({ name }) => name === "Other"));
  const third = await daemon.addDevice("o1", "Other", params);
  await third.connect();
  equal(first.status().shared_process?.devices, ["m1", "o1"]);

  // A new version of the one driver is no matter of the other's devices.
  using watchThird = new Watch(third);
  await save(bench, "other.yaml", METER.replace("Meter", "Other").replace("MEAS?", "TEMP?").replace("V }", "°C }"));
  await watchThird.next(({ reason }) => reason === "reloaded");
  await watch.sample();
  equal(watch.states.slice(states), []);
  equal([first.status().restarts, first.lastError], [0, undefined]);
});

Deno.test("an action of a YAML file is a method that sends its commands in order", async () => {
  await using fake = fakeInstrument({ answers });
  const text = `${METER}actions: { trigger: "*TRG", restart: ["STOP", "START"] }\n`;
  const driver = await declaredDriver(text, "meter.yaml");
  const { methods } = describeDriver(driver);
  equal(methods.map(({ name, parameters }) => [name, parameters]), [["trigger", []], ["restart", []]]);
  const meter = driver.create(driver.params.parse({ host: fake.host, port: fake.port }));
  const { signal } = new AbortController();
  await meter.connect!(signal);
  await driver.methods.restart.run(meter, {}, { signal });
  await meter.read!(signal);
  equal(fake.received, ["*IDN?", "STOP", "START", "MEAS?"]);
  await meter.disconnect!(signal);
});

Deno.test("numbers of a YAML driver keep their digits on the way to the instrument and back", async () => {
  await using bench = await watched({
    "generator.yaml": `driver: Generator
transport: scpi
settings:
  frequency: { set: "F {:.3f}", ask: "F?", unit: Hz }
  count: { set: "C {:d}", ask: "C?", type: integer }
  kilohertz: { set: "F {}", ask: "F?", scale: 1e-3, unit: kHz }
  giga: { set: "F {}", ask: "F?", scale: 1e-9 }
`,
  });
  const received: string[] = [];
  const values: Record<string, string> = { F: "0", C: "0" };
  await using fake = fakeInstrument({
    answers: (line) => {
      if (line.endsWith("?")) return values[line.slice(0, -1)];
      received.push(line);
      values[line[0]] = line.slice(2);
    },
  });
  const device = await bench.daemon.addDevice("g1", "Generator", { host: fake.host, port: fake.port });
  await device.connect();
  const set = async (name: string, value: number) => await device.setProperty(name, value);
  equal(await set("frequency", 1234567890.123), 1234567890.123);
  equal(await device.getProperty("kilohertz"), 1234567.890123);
  equal(await set("count", 1234567890123), 1234567890123);
  equal(await set("kilohertz", 0.3), 0.3);
  const sent = ["F 1234567890.123", "C 1234567890123", "F 300"];
  equal(received, sent);
  await rejects(set("giga", 1e300), (error: LabError) => {
    match(error.message, /1e\+300.*with scale 1e-9.*beyond the largest number/);
    return error.code === "InvalidRequest";
  });
  equal(received, sent);
});

Deno.test("a YAML driver saved as Latin-1 is not loaded with a wrong unit: the error names the line and the remedy", async () => {
  using folder = folderOf({});
  const file = new URL("meter.yaml", folder.url);
  // `unit: µV`, as a Windows editor saves it.
  await Deno.writeFile(
    file,
    bytesOfLatin1('# Meter\ndriver: Meter\ntransport: scpi\nvalues: { v: { ask: "V?", unit: "\xb5V" } }\n'),
  );
  await using daemon = new LabDaemon();
  await daemon.loadDrivers(folder.url);
  const message = daemon.drivers()[0].error!.message;
  match(
    message,
    /Cannot load meter\.yaml:4:34: expected UTF-8, found a byte of another encoding.*: save the file as UTF-8/,
  );
  await rejects(yamlDriver(file), { message });
});
