import assert from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { refusedMessage } from "../support/refused_message.ts";

/** The first lines of a device; what follows begins on line 4. */
const DAQ = "devices:\n  - id: daq1\n    driver: StreamingDAQ\n";

Deno.test("parseBench() reads merge keys: own keys first, then the sources in their order", () => {
  const { devices } = parseBench(
    `x-slow: &slow { limits: { connect: 20s }, memory: 1000 }
x-raw: &raw { arrays: base64, memory: 2000 }
devices:
  - { <<: *slow, id: a, driver: A }
  - { id: b, driver: A, <<: [*raw, *slow], limits: { connect: 1s } }
`,
    "bench.yaml",
  );
  assert.deepEqual(devices.map(({ id, limits, memoryBytes, arrays }) => [id, limits.connectMs, memoryBytes, arrays]), [
    ["a", 20_000, 1000, null],
    ["b", 1_000, 2000, "base64"],
  ]);
});

Deno.test("parseBench() reads two hundred devices with the same alias", () => {
  const rows = Array.from({ length: 200 }, (_, i) => `  - { <<: *all, id: d${i}, limits: *limits }`);
  const text = `x-all: &all { driver: A }\nx-limits: &limits { call: 1s }\ndevices:\n${rows.join("\n")}\n`;
  assert.equal(parseBench(text, "bench.yaml").devices[199].limits.callMs, 1_000);
});

Deno.test("parseBench() keeps an integer beyond 2^53 that a number holds exactly, and one that is a text", () => {
  const text = `${DAQ}    params: { a: 9007199254740992, b: "9007199254740993", c: 18446744073709551616 }\n`;
  assert.deepEqual(parseBench(text, "bench.yaml").devices[0].params, {
    a: 2 ** 53,
    b: "9007199254740993",
    c: 2 ** 64,
  });
});

Deno.test("parseBench() refuses nested merge keys that would grow without limit", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &a${i + 1} { <<: [${`*a${i}, `.repeat(9)}] }`);

  const message = refusedMessage(() => parseBench(`x-0: &a0 { b: 1 }\n${levels.join("\n")}\n`, "bench.yaml"));

  assert.match(message, /^bench\.yaml:\d:\d+: expected at most 100000 values, those of aliases included, found more$/m);
});

Deno.test("parseBench() shows the first hundred faults of ten thousand, and counts the others", () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join("");
  const lines = refusedMessage(() => parseBench(keys, "bench.yaml")).split("\n");
  assert.match(lines[1], /^bench\.yaml:1:1: key k0: expected one of .*, found an unknown key/);
  assert.match(lines[100], /^bench\.yaml:100:1: key k99: /);
  assert.equal(lines[101], "and 1 more");

  const repeated = refusedMessage(() => parseBench(`${DAQ}${"    driver: A\n".repeat(10_000)}`, "bench.yaml")).split(
    "\n",
  );
  assert.equal(repeated.length, 102);
});

Deno.test("parseBench() reads fifteen thousand keys with anchors and merge keys in one mapping", () => {
  // In quadratic time it took a quarter of a minute.
  const keys = Array.from({ length: 15_000 }, (_, i) => `      k${i}: &k${i} { <<: *k }\n`).join("");
  const { params } = parseBench(`x-k: &k { a: 1 }\n${DAQ}    params:\n${keys}`, "bench.yaml").devices[0];
  assert.deepEqual([Object.keys(params).length, params.k14999], [15_000, { a: 1 }]);
});

Deno.test("parseBench() refuses ten thousand lists in each other", () => {
  assert.match(refusedMessage(() => parseBench("[".repeat(10_000), "bench.yaml")), /^bench\.yaml:1:/m);
});

Deno.test("parseBench() refuses nested aliases that would grow without limit", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);

  const message = refusedMessage(() => parseBench(`devices:\n  a0: &a0 [x]\n${levels.join("\n")}\n`, "bench.yaml"));

  assert.match(message, /^bench\.yaml:7:42: expected at most 100000 values, those of aliases included, found more$/m);
});
