import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver } from "../../lib/mod.ts";
import { benchOf } from "../support/bench.ts";

const driver = (name: string, summary = "") =>
  `import { defineDriver } from "labdaemon/driver";
   export default defineDriver({ name: "${name}", summary: "${summary}", create: () => ({}) });`;

Deno.test("files that are not drivers are listed with their errors, and the others load", async () => {
  await using bench = await benchOf("counter.ts", {
    "bad_name.ts": driver("not a name"),
    "broken.ts": "export default {",
    "exits.ts": "Deno.exit(7);",
    "no_default.ts": "export const driver = 1;",
    "not_a_driver.ts": "export default { name: 'Thing' };",
    "not_found.ts": `import "./nowhere.ts";`,
    "throws.ts": `throw new TypeError("at the top");`,
    "_shared.ts": "throw new Error('not to be loaded');",
    "counter_test.ts": "throw new Error('nor this');",
    "notes.md": "# nor this",
  });
  const { daemon } = bench;
  const failed = daemon.drivers().filter(({ status }) => status === "failed");
  const expected: Record<string, RegExp> = {
    "bad_name.ts": /^Cannot load bad_name\.ts: Cannot define driver "not a name": its name must start with a letter/,
    "broken.ts": /^Cannot load broken\.ts: .*(Unexpected|Expected|expected)/s,
    "exits.ts": /^The process of exits\.ts exited with code 7$/,
    "no_default.ts": /^Cannot load no_default\.ts: it has no default export; write `export default defineDriver/,
    "not_a_driver.ts": /^Cannot load not_a_driver\.ts: its default export is not a driver; wrap it in defineDriver/,
    "not_found.ts": /^Cannot load not_found\.ts: .*nowhere\.ts/s,
    "throws.ts": /^Cannot load throws\.ts: at the top \(throws\.ts:1\)$/,
  };
  equal(failed.map(({ file }) => file), Object.keys(expected));
  for (const { file, name, error } of failed) {
    equal([name, error!.origin], [null, "device"]);
    match(error!.message, expected[file!]);
  }
  const loaded = daemon.drivers().filter(({ status }) => status === "loaded");
  equal(loaded.map(({ name, file }) => [name, file]), [["Counter", "counter.ts"]]);
  const device = await daemon.addDevice("c1", "Counter");
  await device.connect();
});

Deno.test("a driver is described by its own schemas", async () => {
  await using bench = await benchOf("poll_counter.ts");
  const [{ name, file, options, methods, status }] = bench.daemon.drivers();
  equal([name, file, status], ["PollCounter", "poll_counter.ts", "loaded"]);
  equal(options?.properties, { sample_rate: { type: "number", exclusiveMinimum: 0, default: 500 } });
  equal(methods?.map(({ name }) => name), ["query"]);
});

Deno.test("a missing folder is refused with advice", async () => {
  await using daemon = new LabDaemon();
  await rejects(daemon.loadDrivers("/nowhere/drivers"), {
    code: "NotFound",
    message: /Cannot load drivers from \/nowhere\/drivers\/: .*--drivers/,
  });
  equal(daemon.drivers(), []);
});

Deno.test("an empty folder has no drivers; a folder may be called anything", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const folder = `${parent}/my drivers #1 100%`;
    await Deno.mkdir(folder);
    await using daemon = new LabDaemon();
    await daemon.loadDrivers(folder);
    equal(daemon.drivers(), []);
    await Deno.writeTextFile(`${folder}/the first %.ts`, driver("First"));
    await daemon.loadDrivers(folder);
    equal(daemon.drivers().map(({ file, name }) => [file, name]), [["the first %.ts", "First"]]);
    const device = await daemon.addDevice("first1", "First");
    await device.connect();
    equal(device.state, "connected");

    await using another = new LabDaemon();
    await another.loadDrivers(new URL(encodeURIComponent("my drivers #1 100%"), `file://${parent}/`));
    equal(another.drivers().map(({ name }) => name), ["First"]);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("registerPlugins() takes classes and drivers under the names they are given", async () => {
  await using daemon = new LabDaemon();
  class Laser {
    power = 0;
    constructor(readonly params: Record<string, unknown>) {}
    setPower(power: number) {
      this.power = power;
      return this.params.port;
    }
    _secret() {}
  }
  daemon.registerPlugins({
    devices: { MyLaser: Laser, MyStage: defineDriver({ name: "Stage", create: () => ({}) }) },
  });
  equal(daemon.drivers().map(({ name, file, status }) => [name, file, status]), [
    ["MyLaser", null, "loaded"],
    ["MyStage", null, "loaded"],
  ]);
  const laser = await daemon.addDevice("laser1", "MyLaser", { port: "COM3" });
  await laser.connect();
  equal(laser.methods.map(({ name }) => name), ["setPower"]);
  equal(await laser.call("setPower", [5]), "COM3");
  await rejects(laser.startStreaming(), { code: "NotStreamable", message: /"laser1": its driver has no stream/ });
  await rejects(laser.call("_secret"), { code: "InvalidRequest" });

  const stage = await daemon.addDevice("stage1", "MyStage");
  equal(stage.type, "MyStage");
});

Deno.test("registerPlugins() refuses a name that is taken, and what is neither class nor driver", async () => {
  await using bench = await benchOf("counter.ts");
  class Counter {}
  throws(() => bench.daemon.registerPlugins({ devices: { Counter } }), {
    code: "InvalidRequest",
    message: 'Cannot load driver "Counter" from a script: counter.ts has that name',
  });
  await rejects(bench.daemon.loadYamlDriver("driver: Counter\ntransport: scpi", new URL("file:///lab/bench.yaml#0")), {
    message: 'Cannot load driver "Counter" from bench.yaml: counter.ts has that name',
  });
  throws(() => bench.daemon.registerPlugins({ devices: { Thing: 5 as unknown as typeof Counter } }), {
    code: "InvalidRequest",
    message: 'Cannot register "Thing": it is neither a class nor a driver, but number',
  });
});
