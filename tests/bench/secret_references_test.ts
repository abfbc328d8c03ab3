import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { openBench } from "../../lib/bench/open_bench.ts";
import { resolveSecrets, secretReader } from "../../lib/bench/secret_references.ts";
import { defineDriver } from "../../lib/driver/mod.ts";
import { maskSecrets, secretsIn } from "../../lib/format/secrets.ts";
import { webBench } from "../support/web_bench.ts";

const SECRET = "hunter2-and-more";
const reader = { env: (name: string) => `${SECRET} ${name}`, file: (path: string) => `${SECRET} ${path}` };

Deno.test("{ env } and { file } in params are resolved, at any depth, and marked as secrets", () => {
  const { params, secrets, faults } = resolveSecrets({
    host: "rack1",
    user: { env: "LAB_USER" },
    tls: { ca: { file: "ca.pem" }, names: ["a", { env: "B" }] },
    also: { env: "X", file: "y" },
    empty: { env: "" },
  }, reader);
  equal(params, {
    host: "rack1",
    user: `${SECRET} LAB_USER`,
    tls: { ca: `${SECRET} ca.pem`, names: ["a", `${SECRET} B`] },
    also: { env: "X", file: "y" },
    empty: { env: "" },
  });
  equal(faults, []);
  ok(!JSON.stringify(maskSecrets(params, secrets)).includes(SECRET));
  equal(secretsIn(params, secrets).length, 3);
});

Deno.test("params without references are the same, and none is marked", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
    const params = JSON.parse(JSON.stringify(json).replaceAll(/"(env|file)":/g, '"x":'));
    equal(JSON.stringify(resolveSecrets(params, reader)), JSON.stringify({ params, faults: [] }));
  }));
});

Deno.test("no secret is left in masked params, wherever it stands", () => {
  const reference = fc.record({ env: fc.constantFrom("A", "B") });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, reference, fc.string(), fc.integer(), tie("list"), tie("fields")),
    list: fc.array(tie("value"), { maxLength: 3 }),
    fields: fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
  }));
  fc.assert(fc.property(fc.dictionary(fc.string(), value), (given) => {
    const { params, secrets } = resolveSecrets(given, reader);
    ok(!JSON.stringify(maskSecrets(params, secrets)).includes(SECRET));
  }));
});

Deno.test("a reference without a text is an error with its place in the bench file", () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/empty`, "\n");
  const bench = `devices:
  - id: broker1
    driver: Broker
    params:
      host: rack1
      password: { env: LABDAEMON_NOT_THERE }
      ca: { file: not-there.pem }
      pin: { file: empty }
`;
  throws(() => parseBench(bench, `${folder}/bench.yaml`), (error: Error) => {
    match(
      error.message,
      /bench\.yaml:6:17: key devices\[0\]\.params\.password: expected the variable LABDAEMON_NOT_TH/,
    );
    match(
      error.message,
      /bench\.yaml:7:11: key devices\[0\]\.params\.ca: cannot read the secret in .*not-there\.pem: th/,
    );
    match(
      error.message,
      /bench\.yaml:8:12: key devices\[0\]\.params\.pin: expected a file with a text, found an empty/,
    );
    return true;
  });
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("secretReader() reads a variable, and a file without its last line end", () => {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/password`, "hunter2\r\n");
  equal(secretReader(folder).file("password"), "hunter2");
  equal(secretReader("/").env("PATH"), Deno.env.get("PATH"));
  throws(() => secretReader("/").file("."), /it is not a file/);
  Deno.removeSync(folder, { recursive: true });
});

/** A driver whose schema marks no secret, and whose failures quote its params. */
const leaky = defineDriver({
  name: "Leaky",
  params: z.object({ user: z.string(), port: z.number().optional() }),
  create: ({ user }) => ({
    connect: () => {
      throw new Error(`${user} may not log in`);
    },
  }),
});

Deno.test("a param from the environment shows in no answer, whatever its name", async () => {
  await using served = await webBench();
  const { daemon } = served;
  daemon.registerPlugins({ devices: { Leaky: leaky } });
  const text = `devices: [{ id: leaky1, driver: Leaky, params: { user: { env: LAB_USER } } }]`;
  const [{ id, driver, params, secrets }] = parseBench(text, "/lab/bench.yaml", reader).devices;
  await daemon.addDevice(id, driver, params, { secrets });
  const connect = await served.ask("POST /devices/leaky1/connect");
  match(connect.text, /\*{8} may not log in/);
  for (const path of ["/devices", "/devices/leaky1", "/devices/leaky1/error", "/openapi.json"]) {
    ok(!(await served.ask(`GET ${path}`)).text.includes(SECRET), path);
  }
});

Deno.test("a param from the environment shows in no answer about a device that cannot be made", async () => {
  const drivers = Deno.makeTempDirSync();
  const text = `drivers: ${drivers}\ndevices: [{ id: leaky1, driver: Nope, params: { user: { env: LAB_USER } } }]`;
  await using daemon = await openBench(parseBench(text, "/lab/bench.yaml", reader));
  const status = daemon.getDevice("leaky1").status();
  equal(status.params, { user: "********" });
  ok(!JSON.stringify(status).includes(SECRET));
  Deno.removeSync(drivers);
});
