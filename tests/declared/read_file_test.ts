import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { describeDriver } from "../../lib/host/runtime/describe.ts";
import { LabError } from "../../lib/errors.ts";

const SUPPLY = `driver: Supply30V
transport: scpi
identify: { ask: "*IDN?", expect: "^ACME,PSU" }
errors:   { ask: "SYST:ERR?", ok: "^[+]?0" }
values:   { current: { ask: "MEAS:CURR?", match: '([-+.\\dE]+)A', unit: A } }
settings: { voltage: { set: "VOLT {:.3f}", ask: "VOLT?", unit: V, min: 0, max: 30 } }
safe:     [ "OUTP OFF" ]
`;

/** The message of the error of a file. */
async function errorOf(text: string): Promise<string> {
  const error = await declaredDriver(text, "psu.yaml").then(() => undefined, (error) => error);
  ok(error instanceof LabError, String(error));
  equal([error.code, error.type], ["DriverError", "DriverLoadError"]);
  return error.message;
}

Deno.test("a YAML file is described like any other driver: units, limits, writable properties, the rate", async () => {
  const { name, params, options, sample, properties } = describeDriver(await declaredDriver(SUPPLY, "psu.yaml"));
  equal(name, "Supply30V");
  equal(Object.keys(params.properties as object).slice(0, 3), ["host", "port", "serial"]);
  equal((options.properties as Record<string, { unit: string }>).sample_rate.unit, "Hz");
  const { current, quality } = sample!.properties as Record<string, { unit?: string; type?: string }>;
  equal([current.unit, quality.type], ["A", "object"]);
  const [{ name: property, writable, readable, schema }] = properties;
  equal([property, writable, readable], ["voltage", true, true]);
  equal([schema.unit, schema.minimum, schema.maximum], ["V", 0, 30]);
});

Deno.test("the params of a file are defaults: a device need not give them", async () => {
  const text = SUPPLY + "params: { port: 9221, host: 10.0.0.7 }\n";
  const driver = await declaredDriver(text, "psu.yaml");
  const params = driver.params.parse({});
  equal([params.host, params.port], ["10.0.0.7", 9221]);
  equal(driver.permissions(params), { net: ["10.0.0.7:9221"] });
  const { port } = describeDriver(driver).params.properties as Record<
    string,
    { default: unknown; description: string }
  >;
  equal([port.default, port.description.slice(0, 12)], [9221, "The TCP port"]);
});

Deno.test("a host with a port, or a path as the host, is refused: it once ended the process of the whole transport", async () => {
  const { params } = await declaredDriver(SUPPLY, "psu.yaml");
  for (const host of ["127.0.0.1:5025", "[::1]:5025", "/dev/ttyUSB0", "tcp://psu", ""]) {
    const [{ path, message }] = params.safeParse({ host }).error!.issues;
    equal([path, message], [["host"], 'a host name or address without a port, such as "127.0.0.1"']);
  }
  equal(params.safeParse({ host: "::1" }).success, true);
});

for (
  const [what, change, message] of [
    [
      "a limit that is a text",
      ["max: 30", "max: lots"],
      'psu.yaml:6:80: key settings.voltage.max: expected a number, found "lots"',
    ],
    [
      "limits that contradict each other",
      ["min: 0", "min: 40"],
      "6:72: key settings.voltage.min: expected at most max, which is 30",
    ],
    ["a misspelt key", ['ask: "VOLT?"', 'askk: "VOLT?"'], "found an unknown key: did you mean ask?"],
    [
      "a misspelt key of the file",
      ["values:", "valeus:"],
      "psu.yaml:5:1: key valeus: expected one of driver, transport, summary, params, sample_rate, values, settings, actions, safe, identify, errors, expect, setup, found an unknown key: did you mean values?",
    ],
    ["an unknown transport", ["scpi", "scip"], "psu.yaml:2:12: key transport: expected one of "],
    ["no transport", ["transport: scpi\n", ""], "psu.yaml:1:1: key transport: expected one of"],
    [
      "a name that no driver can have",
      ["Supply30V", "30 V supply"],
      "psu.yaml:1:9: key driver: expected a name that starts with a letter",
    ],
    [
      "a command without a place",
      ["{:.3f}", "5"],
      "key settings.voltage.set: expected a text with one place for the value",
    ],
    ["a wrong place", ["{:.3f}", "{volts}"], "{volts} is no form of a value"],
    [
      "a broken expression",
      ["([-+.\\dE]+)A", "(["],
      'key values.current.match: expected a regular expression (missing closing ]), found "(["',
    ],
    [
      "a setting without an address",
      ['set: "VOLT {:.3f}", ask: "VOLT?",', ""],
      "key settings.voltage: expected a mapping with set, ask, or both",
    ],
    [
      "limits of a text",
      ['set: "VOLT {:.3f}",', 'set: "VOLT {}", type: text,'],
      "key settings.voltage.min: expected no such key: the value is of type text",
    ],
    ["a reserved name", ["current:", "quality:"], "key values.quality: expected another name: quality is reserved"],
    [
      "a second driver",
      ["safe:", "---\nsafe:"],
      "psu.yaml:7:1: expected one driver, found another after ---: write it to a file of its own",
    ],
    ["no YAML", ["driver: Supply30V", "driver: [Supply30V"], "psu.yaml:2:"],
    ["a list", [SUPPLY, "- a"], "psu.yaml:1:1: expected a mapping with keys out of driver, transport"],
    ["nothing", [SUPPLY, ""], "found nothing"],
    [
      "an unknown default",
      ["safe:", "params: { prot: 1 }\nsafe:"],
      "psu.yaml:7:11: key params.prot: expected one of host, port, serial, ",
    ],
    [
      "a wrong default",
      ["safe:", "params: { port: 70000 }\nsafe:"],
      "psu.yaml:7:17: key params.port: expected at most 65535, found the number 70000",
    ],
    [
      "a rate that is no number",
      ["safe:", "sample_rate: fast\nsafe:"],
      'key sample_rate: expected a number, found "fast"',
    ],
  ] as const
) {
  Deno.test(`a YAML driver with ${what} is refused with its place`, async () => {
    const [from, to] = change;
    ok(SUPPLY.includes(from));
    const found = await errorOf(SUPPLY.replace(from, () => to));
    ok(found.includes(message), found);
  });
}

Deno.test("all faults of a YAML driver are reported, in the order of the file", async () => {
  const found = await errorOf(SUPPLY.replace("max: 30", "max: lots").replace("unit: A", "unti: A"));
  equal(found.split("\n").map((line) => line.slice(0, 13)), ["Cannot load p", "psu.yaml:5:66", "psu.yaml:6:80"]);
});

Deno.test("a YAML driver with aliases of aliases is refused, and not expanded", async () => {
  const lines = Array.from({ length: 12 }, (_, i) => `x${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`);
  await rejects(declaredDriver(["x0: &a0 [1]", ...lines].join("\n"), "psu.yaml"), /at most 100000 values/);
});

Deno.test("a list of numbers as choices is numbers with their unit, and the names true and false are a switch", async () => {
  const { properties } = describeDriver(
    await declaredDriver(
      `driver: Smu
transport: scpi
settings:
  range: { set: "RANG {}", ask: "RANG?", unit: V, choices: [2, 20, 200] }
  output: { set: "OUTP {}", ask: "OUTP?", choices: { true: "EIN", false: "AUS" } }
`,
      "smu.yaml",
    ),
  );
  const [range, output] = properties.map(({ schema }) => schema);
  equal([range.type, range.enum, range.unit], ["number", [2, 20, 200], "V"]);
  equal(output.type, "boolean");
});

for (
  const [actions, message] of [
    [
      '{ 1st: "T" }',
      "psu.yaml:8:12: key actions.1st: expected a name of letters, digits and _ that starts with a letter",
    ],
    ["{ tare: 5 }", "psu.yaml:8:18: key actions.tare: expected a text, found the number 5"],
    ['{ tare: ["T", 5] }', "psu.yaml:8:24: key actions.tare[1]: expected a text, found the number 5"],
  ]
) {
  Deno.test(`actions: ${actions} is a fault with its place`, async () => {
    equal(await errorOf(`${SUPPLY}actions: ${actions}\n`), `Cannot load ${message}`);
  });
}
