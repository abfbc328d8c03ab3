import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { DriverStatus } from "../../lib/wire/driver.ts";
import type { DeviceStatus } from "../../lib/wire/device.ts";
import { failingStarts } from "../support/failing_starts.ts";
import { benchFolder, serveBench } from "../support/served_bench.ts";

Deno.test("serve with a wrong configuration exits with 1, with wrong usage with 2; one message, no stack", async (test) => {
  const daq = "devices: [{ id: daq1, driver: StreamingDAQ }]";
  const cases: [name: string, bench: string | undefined, args: string[], message: RegExp][] = [
    ["no bench file", undefined, [], /Cannot read the bench file .*bench\.yaml: there is no such file/],
    ["an unknown key", `host: localhost\nprot: 5000`, [], /bench\.yaml:2:1: .*prot.*port/],
    ["a wrong type", `port: fast`, [], /bench\.yaml:1:7: key port: expected a whole number.*found.*fast/],
    ["no driver of a device", `devices:\n  - id: daq1`, [], /bench\.yaml:2:\d+: key devices\[0\]\.driver: expected/],
    [
      "a bad unit of time",
      `${daq.slice(0, -2)}, limits: { call: 3 parsecs } }]`,
      [],
      /bench\.yaml:1:\d+: .*limits\.call/,
    ],
    [
      "two devices of one id",
      `devices:\n  - {id: a, driver: X}\n  - {id: a, driver: X}`,
      [],
      /bench\.yaml:3:\d+: .*\ba\b/,
    ],
    ["what is not YAML", `devices: [`, [], /bench\.yaml:1:\d+: /],
    ["no drivers folder", `drivers: nowhere`, [], /Cannot load drivers from .*nowhere\/: .*--drivers/],
    ["a flag's wrong port", "", ["--port", "70000"], /--port: expected a whole number.*found \\?"70000/],
    ["a flag's wrong host", "", ["--host", "a:b"], /--host: expected a host name.*found \\?"a:b/],
    ["an unknown flag", "", ["--prot", "5000"], /--prot/],
  ];
  const ended = await failingStarts(cases.map(([, bench, args]) => ({ bench, args })));
  for (const [i, [name, , , message]] of cases.entries()) {
    await test.step(name, () => {
      const { code, stdout, stderr } = ended[i];
      equal([code, stdout], [/flag/.test(name) ? 2 : 1, ""]);
      match(stderr, message);
      ok(!/^\s+at /m.test(stderr), stderr);
    });
  }
});

Deno.test("serve on an address that it cannot have, with a wrong variable, or for help", async (test) => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const [used, elsewhere, variable, help] = await failingStarts([
    { bench: `port: ${port}` },
    { bench: "auth: none", args: ["--host", "192.0.2.1", "--port", "0"] },
    { bench: "", env: { LABDAEMON_PORT: "fast" } },
    { bench: "", args: ["--help"] },
  ]);

  await test.step("a used port: it reports that, and how to choose another one", () => {
    const { code, stdout, stderr } = used;
    equal([code, stdout], [1, ""]);
    match(stderr, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use.*--port`));
  });

  await test.step("an address that is not this machine's: code 1, one message and no stack", () => {
    const { code, stdout, stderr } = elsewhere;
    equal([code, stdout], [1, ""]);
    match(stderr, /192\.0\.2\.1/);
    ok(!/^\s+at /m.test(stderr), stderr);
  });

  await test.step("a wrong value of a variable is reported under the variable's name", () => {
    const { code, stderr } = variable;
    equal(code, 1);
    match(stderr, /LABDAEMON_PORT: expected a whole number.*found \\?"fast/);
  });

  await test.step("--help lists the flags and variables, and serves nothing", () => {
    const { code, stdout } = help;
    equal(code, 0);
    for (const key of ["config", "host", "port", "drivers"]) {
      match(stdout, new RegExp(`--${key} .*LABDAEMON_${key.toUpperCase()}`));
    }
  });
});

Deno.test("flags override variables, and variables override the bench file", async () => {
  const bench = `host: "192.0.2.1"\nport: 1\ndrivers: nowhere`;
  const drivers = ["counter.ts"];
  const other = await benchFolder("", ["finite.ts"]);
  const env = { LABDAEMON_HOST: "192.0.2.2", LABDAEMON_PORT: "2", LABDAEMON_DRIVERS: `${other}/drivers` };
  await using served = await serveBench(bench, { drivers, env, args: ["--host", "127.0.0.2"] });
  match(served.url, /^http:\/\/127\.0\.0\.2:\d{4,}$/);
  const { drivers: loaded } = await served.ask<{ drivers: DriverStatus[] }>("GET /drivers");
  equal(loaded.map(({ name, file }) => [name, file]), [["Finite", "finite.ts"]]);
  await Deno.remove(other, { recursive: true });
});

Deno.test("an empty variable is ignored", async () => {
  const names = ["HOST", "PORT", "DRIVERS", "LOG_LEVEL", "LOG_FORMAT"];
  const env = Object.fromEntries(names.map((name) => [`LABDAEMON_${name}`, ""]));
  await using served = await serveBench(`host: "127.0.0.2"`, { drivers: ["counter.ts"], env });
  match(served.url, /^http:\/\/127\.0\.0\.2:/);
});

Deno.test("a variable names the bench file, and a flag overrides it", async (test) => {
  const [byVariable, byFlag] = await failingStarts([
    { bench: "prot: 1", configByEnv: true },
    { bench: "prot: 1", configByEnv: true, args: ["--config", "nowhere.yaml"] },
  ]);
  await test.step("variable", () => {
    equal(byVariable.code, 1);
    match(byVariable.stderr, /bench\.yaml:1:1: .*prot/);
  });
  await test.step("flag", () => {
    match(byFlag.stderr, /Cannot read the bench file nowhere\.yaml/);
  });
});

const TWIN = `import { defineDriver } from "labdaemon/driver";
export default defineDriver({ name: "Twin", create: () => ({}) });`;

const BROKEN = {
  "a_syntax_error.ts": "export default defineDriver({",
  "b_no_default.ts": 'export const name = "B";',
  "c_not_a_driver.ts": "export default { name: 'C' };",
  "d_throws.ts": 'throw new Error("the SDK is not installed");',
  "e_create_throws.ts": `import { defineDriver } from "labdaemon/driver";
    export default defineDriver({ name: "CreateThrows", create: () => { throw new Error("no such card"); } });`,
  "f_twin.ts": TWIN,
  "g_twin.ts": TWIN,
};

Deno.test("broken drivers do not affect the working ones", async (test) => {
  const bench = `
devices:
  - { id: good, driver: Counter }
  - { id: nix, driver: NotThere }
  - { id: create, driver: CreateThrows, restart: { max_restarts: 0 } }
  - { id: odd, driver: Counter, options: { sampel_rate: 1 } }
  - { id: odder, driver: Counter, params: { port: 1 } }
`;
  await using served = await serveBench(bench, { drivers: ["counter.ts", BROKEN] });
  const { drivers } = await served.ask<{ drivers: DriverStatus[] }>("GET /drivers");

  await test.step("each broken file is listed with its error", async () => {
    equal(drivers.filter(({ status }) => status === "loaded").map(({ name }) => name), ["Counter", "CreateThrows"]);
    const failed = new Map(drivers.filter((it) => it.status === "failed").map((it) => [it.file, it.error!]));
    const expected: [file: string, message: RegExp][] = [
      ["a_syntax_error.ts", /a_syntax_error\.ts.*(expected|Expected)/s],
      ["b_no_default.ts", /b_no_default\.ts: it has no default export/],
      ["c_not_a_driver.ts", /c_not_a_driver\.ts: its default export is not a driver/],
      ["d_throws.ts", /d_throws\.ts: the SDK is not installed/],
      ["f_twin.ts", /"Twin": 2 files declare it: f_twin\.ts, g_twin\.ts/],
      ["g_twin.ts", /"Twin": 2 files declare it: f_twin\.ts, g_twin\.ts/],
    ];
    equal([...failed.keys()], expected.map(([file]) => file));
    for (const [file, message] of expected) {
      match(failed.get(file)!.message, message);
      // The message has the place of a syntax error, and no stack.
      ok(!/^\s+at \S+ \(/m.test(failed.get(file)!.message), failed.get(file)!.message);
      await served.untilPrinted("stdout", new RegExp(`failed +.*${file.replace(".", "\\.")}`));
    }
  });

  await test.step("each device without a working driver is listed with the reason", async () => {
    await using reader = await served.open("/stream/devices/create");
    await reader.state("faulted");
    const { devices } = await served.ask<{ devices: DeviceStatus[] }>("GET /devices");
    const errors = new Map(devices.map((it) => [it.device_id, [it.state, it.last_error?.message ?? ""] as const]));
    equal([...errors.keys()], ["good", "nix", "create", "odd", "odder"]);
    const expected: [id: string, state: string, message: RegExp][] = [
      ["nix", "faulted", /no device type "NotThere"; known types are Counter, CreateThrows. Not loaded: a_syntax/],
      ["create", "faulted", /no such card/],
      ["odd", "faulted", /sampel_rate: unknown key; did you mean sample_rate\? Known keys are sample_rate/],
      ["odder", "faulted", /port: unknown key/],
    ];
    for (const [id, state, message] of expected) {
      equal(errors.get(id)![0], state, id);
      match(errors.get(id)![1], message);
    }
  });

  await test.step("the device with a working driver streams", async () => {
    await using reader = await served.open("/stream/devices/good");
    await reader.sample();
  });
});
