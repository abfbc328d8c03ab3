import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { dirname } from "node:path";
import { fakeInstrument } from "../../../lib/testing/mod.ts";
import type { Finding } from "../../../lib/cli/ctl/doctor/finding.ts";
import { serveBench } from "../../support/served_bench.ts";
import { ctl } from "./ctl_bench.ts";
import { until } from "../../support/until.ts";

const FAULTY = `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Faulty",
  params: z.object({ how: z.string() }),
  options: z.object({ sample_rate: z.number().positive().default(20) }),
  sample: z.number(),
  create: ({ how }) => ({
    connect() {
      if (how === "throws") throw new TypeError("x is undefined");
      if (how === "hangs") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      if (how === "exits") Deno.exit(3);
      if (how === "eats") for (const eaten: number[][] = [];;) eaten.push(new Array(1_000_000).fill(0.5));
      if (how === "spies") Deno.readTextFileSync("/etc/passwd");
      if (how === "waits") return new Promise<void>(() => {});
    },
    async *stream(signal: AbortSignal) {
      for (let n = 0; !signal.aborted; n++) {
        if (how === "drops") throw new Error("the instrument has hung up");
        if (how === "stalls") await new Promise(() => {});
        await new Promise((done) => setTimeout(done, how === "hurries" ? 1 : 50));
        yield (how === "lies" ? "text" : n) as number;
      }
    },
  }),
});
`;

const driver = (name: string, more = "") =>
  `import { defineDriver } from "labdaemon/driver";
export default defineDriver({ name: "${name}", ${more} create: () => ({ read: () => 1 }) });
`;

const DRIVERS = {
  "faulty.ts": FAULTY,
  "asks.ts": driver("Asks", 'permissions: () => ({ run: ["ls"] }),'),
  "misspelt.ts": driver("Misspelt", "optoins: {},"),
  "twin.ts": driver("Twin"),
  "twin - Copy.ts": driver("Twin"),
  "broken.ts": "export default defineDriver({",
  "packaged.ts": 'import left from "npm:left-pad@1.3.0";\nexport default left;\n',
  "empty.ts": "export const nothing = 1;\n",
  "supply.yaml": 'driver: Supply\ntransport: scpi\nidentify: { ask: "*IDN?", expect: "^ACME" }\n' +
    'values: { current: { ask: "MEAS:CURR?", unit: A } }\n',
};

/** A fault: the settings of the device, and what is found. */
type Fault = [device: string, culprit: Finding["culprit"], found: RegExp, remedy: RegExp];

const FAULTS = (other: number, silent: number): Record<string, Fault> => ({
  throws: ["driver: Faulty, params: { how: throws }", "driver", /x is undefined \(faulty\.ts:11\)/, /Fix the line/],
  hangs: [
    "driver: Faulty, params: { how: hangs }, limits: { heartbeat_timeout: 2s }",
    "driver",
    /hangs: its event loop is blocked/,
    /Find the loop/,
  ],
  exits: ["driver: Faulty, params: { how: exits }", "driver", /exited with code 3/, /daemon's log/],
  eats: [
    "driver: Faulty, params: { how: eats }, memory: 134217728",
    "driver",
    /limit is 128 MiB|no memory left/,
    /memory/,
  ],
  spies: ["driver: Faulty, params: { how: spies }", "driver", /read access to "\/etc\/passwd"/, /permissions/],
  waits: ["driver: Faulty, params: { how: waits }, limits: { connect: 1s }", "instrument", /no answer within/, /cable/],
  drops: ["driver: Faulty, params: { how: drops }, streaming: always", "instrument", /has hung up/, /cable/],
  stalls: [
    "driver: Faulty, params: { how: stalls }, streaming: always, limits: { sample_timeout: 1s }",
    "instrument",
    /no sample for 1 s/,
    /sample_timeout/,
  ],
  hurries: ["driver: Faulty, params: { how: hurries }, streaming: always", "driver", /samples per second/, /the line/],
  lies: ["driver: Faulty, params: { how: lies }, streaming: always", "driver", /found a text/, /the line/],
  asks: ["driver: Asks", "bench file", /more than it was granted: run/, /ctl grant Asks/],
  unknown: ["driver: Nix", "bench file", /no device type "Nix"/, /ctl drivers/],
  twin1: ["driver: Twin", "driver", /2 files declare it/, /Keep one/],
  params: ["driver: Faulty, params: { hwo: x }", "bench file", /hwo: unknown key/, /params/],
  disabled: ["driver: Faulty, params: { how: works }, enabled: false", "bench file", /disabled/, /ctl enable disabled/],
  refused: ["driver: Supply, params: { host: 127.0.0.1, port: 2 }", "instrument", /refused/, /Switch it on/],
  nameless: ["driver: Supply, params: { host: psu.invalid }", "bench file", /psu\.invalid/, /Correct the host/],
  silent: [
    `driver: Supply, params: { host: 127.0.0.1, port: ${silent} }, limits: { connect: 1s }`,
    "instrument",
    /no answer/,
    /cable/,
  ],
  other: [
    `driver: Supply, params: { host: 127.0.0.1, port: ${other} }`,
    "bench file",
    /OTHER,DMM/,
    /Another instrument/,
  ],
  unplugged: [
    "driver: Supply, params: { serial: /dev/serial/by-id/usb-none }",
    "instrument",
    /usb-none: No such file/,
    /ctl discover/,
  ],
});

/** Each attempt of a device costs a process, and finds the same. */
const ONCE = "restart: { initial_delay: 1min, max_delay: 1min }";

const FILES: Record<string, RegExp> = {
  "misspelt.ts": /unknown key "optoins"/,
  "twin.ts": /2 files declare it/,
  "twin - Copy.ts": /2 files declare it/,
  "broken.ts": /SyntaxError/,
  "packaged.ts": /left-pad/,
  "empty.ts": /no default export/,
};

Deno.test("ctl doctor names the culprit and the remedy of each of 26 faults, and a bench device that works is not named", async () => {
  await using other = fakeInstrument({ answers: { "*IDN?": "OTHER,DMM,1,1" } });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const faults = FAULTS(other.port, silent.addr.port);
  const devices = Object.entries(faults).map(([id, [text]]) => `  - { id: ${id}, ${text}, ${ONCE} }\n`);
  await using bench = await serveBench(
    `devices:\n${devices.join("")}  - { id: good, driver: Faulty, params: { how: works }, streaming: always }\n`,
    { drivers: [DRIVERS] },
  );
  const findings = async (): Promise<Finding[]> => {
    const { code, out } = await ctl({ fetch }, ["doctor", "--json", "--url", bench.url]);
    equal(code, 1);
    return JSON.parse(out);
  };
  // Each event is a reason to look again.
  await using events = await bench.open("/stream?devices=*&max_rate=2");
  let found = await findings();
  const isFound = ([id, [, , what]]: [string, Fault]) => found.some((it) => it.subject === id && what.test(it.found));
  const missing = () => Object.entries(faults).filter((fault) => !isFound(fault)).map(([id]) => id);
  await until(() => `a finding about each of ${missing()}`, async () => {
    if (missing().length === 0) return true;
    await events.next();
    found = await findings();
    return false;
  });

  for (const [id, [, culprit, what, remedy]] of Object.entries(faults)) {
    const finding = found.find((it) => it.subject === id && what.test(it.found))!;
    equal([id, finding.culprit], [id, culprit]);
    match(finding.remedy, remedy);
  }
  for (const [file, what] of Object.entries(FILES)) {
    const finding = found.find(({ subject }) => subject === file);
    ok(finding, file);
    // A missing package is installed on the machine.
    equal([file, finding.culprit], [file, file === "packaged.ts" ? "machine" : "driver"]);
    match(finding.found, what);
  }
  equal(found.filter(({ subject }) => subject === "good" || subject === "daemon"), []);
});

Deno.test("ctl doctor said that nothing is wrong about damaged files in the data folder: it names each of them", async () => {
  const data = await Deno.makeTempDir({ prefix: "data" });
  const DAMAGED: Record<string, [text: string, found: RegExp]> = {
    "devices.json": ["", /^Cannot read the devices in .*: it is no JSON: .*; the daemon starts without them$/],
    "leases.json": ["", /^Cannot use the leases in .*: it is no JSON: .*; no lease continues$/],
    "alarms.json": [
      '{"version":2}',
      /^Cannot use the alarms in .*: version: expected 1, found 2; no incident continues$/,
    ],
    "recordings/r1/recording.json": ["{}", /^Cannot read the recording in .*: name: missing; expected a text$/],
    "tasks/20260101-00/task.json": ["{}", /^Cannot use the task in .*: version: missing; expected 1$/],
  };
  for (const [file, [text]] of Object.entries(DAMAGED)) {
    await Deno.mkdir(dirname(`${data}/${file}`), { recursive: true });
    await Deno.writeTextFile(`${data}/${file}`, text);
  }
  {
    await using bench = await serveBench(`data: ${data}\ndevices: []\n`);
    // The tasks are read after the daemon listens.
    await bench.untilPrinted("stderr", /Cannot use the task in/);
    const { code, out } = await ctl({ fetch }, ["doctor", "--json", "--url", bench.url]);
    const findings: Finding[] = JSON.parse(out);
    equal([code, findings.length], [1, Object.keys(DAMAGED).length]);
    for (const [file, [, what]] of Object.entries(DAMAGED)) {
      const finding = findings.find(({ found }) => found.includes(`${data}/${file}: `));
      ok(finding, file);
      match(finding.found, what);
      equal([finding.subject, finding.culprit], ["data folder", "machine"]);
    }
  }
  await Deno.remove(data, { recursive: true });
});
