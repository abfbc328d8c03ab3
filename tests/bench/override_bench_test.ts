import assert from "node:assert/strict";
import { join } from "node:path";
import type { Bench } from "../../lib/bench/bench.ts";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { overrideBench } from "../../lib/bench/override_bench.ts";
import { refusedMessage } from "../support/refused_message.ts";

const bench: Bench = parseBench("host: labpc\nport: 5001\n", "/lab/bench.yaml");

Deno.test("overrideBench() keeps the other settings", () => {
  assert.deepEqual(overrideBench(bench, { host: undefined }), bench);
});

Deno.test("overrideBench() sets host, port and drivers, the folder relative to the working directory", () => {
  const { host, port, drivers } = overrideBench(bench, { host: "0.0.0.0", port: "0", drivers: "mine" });

  assert.deepEqual([host, port, drivers], ["0.0.0.0", 0, join(Deno.cwd(), "mine")]);
});

for (const port of ["", "http", "65536", "-1", "5e3", "0x1F", " 80", "1.5", "NaN"]) {
  Deno.test(`overrideBench() refuses the port ${JSON.stringify(port)}`, () => {
    const message = refusedMessage(() => overrideBench(bench, { port }));

    assert.equal(
      message,
      `Cannot start with --port: expected a whole number from 0 to 65535, found ${JSON.stringify(port)}`,
    );
  });
}

Deno.test("overrideBench() sets what a container needs, with the items of lists between commas", () => {
  const given = {
    base_path: "/lab/",
    allowed_hosts: "LabPC, labpc:5000",
    allowed_origins: "http://labpc:3000",
    trusted_proxies: "10.0.0.0/8,::1",
  };
  const { basePath, allowedHosts, allowedOrigins, trustedProxies } = overrideBench(bench, given);

  assert.deepEqual([basePath, allowedHosts], ["/lab", ["labpc", "labpc:5000"]]);
  assert.deepEqual([allowedOrigins, trustedProxies], [["http://labpc:3000"], ["10.0.0.0/8", "::1"]]);
});

for (const [key, text] of [["base_path", "lab"], ["base_path", "//x"], ["trusted_proxies", "10.0.0.0/33"]] as const) {
  Deno.test(`overrideBench() refuses ${key}: ${text}`, () => {
    const message = refusedMessage(() => overrideBench(bench, { [key]: text }));

    assert.match(message, new RegExp(`^Cannot start with --${key.replace("_", "-")}: expected `));
  });
}

Deno.test("overrideBench() names every wrong variable as the user set it", () => {
  const wrong = { host: "a b", port: "x", drivers: "" };

  const message = refusedMessage(() => overrideBench(bench, wrong, (key) => `LABDAEMON_${key.toUpperCase()}`));

  assert.equal(
    message,
    'Cannot start with LABDAEMON_HOST: expected a host name or address without a port, such as "127.0.0.1", found "a b"; ' +
      'LABDAEMON_PORT: expected a whole number from 0 to 65535, found "x"; ' +
      'LABDAEMON_DRIVERS: expected the path of a folder, found ""',
  );
});
