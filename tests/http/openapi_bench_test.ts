import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { JsonSchema } from "../../lib/wire/driver.ts";
import { RoutesDocument } from "../../lib/http/openapi/bench_document.ts";
import { describeBench, type Document, type DocumentedBench } from "../../lib/http/openapi/document.ts";
import type { Parameter } from "../../lib/http/openapi/operation.ts";
import { LabError } from "../../lib/errors.ts";
import { richBench } from "../support/rich_bench.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

async function read({ ask }: WebBench): Promise<Document> {
  return (await ask<Document>("GET /openapi.json")).body;
}

const bodyOf = (document: Document, path: string) =>
  (document.paths[path].post.requestBody as { content: { "application/json": Record<string, unknown> } })
    .content["application/json"];

Deno.test("a driver's params, options, sample and methods are components, with units", async () => {
  await using bench = await richBench();
  const { schemas } = (await read(bench)).components;

  const params = schemas["Rich.params"].properties as Record<string, JsonSchema>;
  equal(params.gain, { type: "number", default: 2, description: "How loud [dB]", "x-unit": "dB", "x-step": 0.5 });
  equal(params.tree, { $ref: "#/components/schemas/Rich.params.A_x20_tree" });
  ok(schemas["Rich.params.A_x20_tree"]);
  // The author's text is no unit, and no keyword of OpenAPI.
  equal(params.ratio, { type: "number", "x-unit": 1 });
  const sample = schemas["Rich.sample"].properties as Record<string, JsonSchema>;
  // NaN has no word in JSON.
  equal(sample.wave.items, { type: ["number", "null"], description: "[V]", "x-unit": "V" });
  equal(sample.default, { type: ["number", "null"], description: "[A]", "x-unit": "A" });
  equal(sample.loose, { type: ["number", "boolean", "null"] });
  equal(Object.keys(schemas["Rich.options"].properties as object), ["channels", "label", "window"]);
  const input = schemas["Rich.methods.move.input"].properties as Record<string, JsonSchema>;
  equal(input.x, { type: "number", description: "[mm]", "x-unit": "mm" });
});

Deno.test("OpenAPI allows every component's name, and every reference has a target", async () => {
  await using bench = await richBench();
  const document = await read(bench);
  for (const name of Object.keys(document.components.schemas)) match(name, /^[a-zA-Z0-9._-]+$/);
  for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    const steps = ref.replace(/^#\//, "").split("/").map((step) =>
      decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")
    );
    ok(steps.reduce((at: unknown, step) => (at as JsonSchema | undefined)?.[step], document), ref);
  }
});

Deno.test("operation ids are unique", async () => {
  await using bench = await richBench();
  const ids = Object.values((await read(bench)).paths).flatMap((it) => Object.values(it).map((it) => it.operationId));
  equal(ids.length, new Set(ids).size);
});

Deno.test("a device has paths of its own with its driver's inputs, options and samples", async () => {
  await using bench = await richBench();
  const document = await read(bench);
  equal(bodyOf(document, "/devices/rich1/call").schema, {
    oneOf: [
      { $ref: "#/components/schemas/Rich.methods.move.call" },
      { $ref: "#/components/schemas/Rich.methods.home.call" },
    ],
  });
  const stream = document.paths["/stream/devices/rich1"].get;
  equal((stream.parameters as Parameter[]).map(({ name }) => name), [
    ...["since", "past", "max_rate", "thin", "ticket", "waits", "no_samples", "joins", "format", "Last-Event-ID"],
    ...["channels", "label", "window"],
  ]);
  match(JSON.stringify(stream.responses), /"#\/components\/schemas\/Rich\.device_data"/);
  match(JSON.stringify(document.paths["/stream/devices/odd.1-_"].get.parameters), /"name":"options"/);
});

Deno.test("options in the query of a device's stream have the described form", async () => {
  await using bench = await richBench();
  const query = new URLSearchParams({ channels: "0,1", label: "7", window: '{"from":1}' });
  await using _ = await bench.open(`/stream/devices/rich1?${query}`);
  equal(bench.daemon.getDevice("rich1").run, { channels: [0, 1], label: "7", window: { from: 1 } });
  const { parameters } = (await read(bench)).paths["/stream/devices/rich1"].get;
  const forms = (parameters as Parameter[]).slice(-3).map((
    { explode, content },
  ) => [explode, Object.keys(content ?? {})]);
  equal(forms, [[false, []], [undefined, []], [undefined, ["application/json"]]]);
});

Deno.test("added and removed devices and drivers are described at once", async () => {
  await using bench = await richBench();
  const before = await read(bench);
  await bench.ask("DELETE /devices/rich1");
  await bench.ask("POST /devices", { device_id: "rich2", device_type: "Rich" });
  bench.daemon.registerPlugins({ devices: { Newcomer: class {} } });
  const after = await read(bench);

  const own = (document: Document) => Object.keys(document.paths).filter((path) => /rich/.test(path));
  equal(own(before), [
    "/devices/rich1/call",
    "/devices/rich1/properties/gain",
    "/devices/rich1/properties/place",
    "/devices/rich1/stream/start",
    "/stream/devices/rich1",
  ]);
  equal(own(after), own(before).map((path) => path.replace("rich1", "rich2")));
  equal(["Newcomer.create" in before.components.schemas, "Newcomer.create" in after.components.schemas], [false, true]);
});

Deno.test("a device that could not be made has no paths of its own", async () => {
  await using bench = await richBench();
  bench.daemon.addFailedDevice("lost1", "Nix", {}, new LabError("DeviceTypeNotFound", "there is no Nix"));
  equal(Object.keys((await read(bench)).paths).filter((path) => /lost1/.test(path)), []);
});

Deno.test("the example bodies are accepted", async (test) => {
  await using bench = await richBench();
  const document = await read(bench);
  const { examples } = bodyOf(document, "/devices") as { examples: Record<string, { value: { device_type: string } }> };
  equal(Object.keys(examples), ["Scripted", "Rich", "My odd/DAQ"]);
  for (const [name, { value }] of Object.entries(examples)) {
    await test.step(`POST /devices makes a ${name}`, async () => {
      equal((await bench.ask("POST /devices", value)).status, 201);
      await bench.ask("DELETE /devices/new1");
    });
  }
  await bench.device.connect();
  for (const id of ["daq1", "rich1"]) {
    await test.step(`POST /devices/${id}/stream/start`, async () => {
      const { example } = bodyOf(document, `/devices/${id}/stream/start`);
      equal((await bench.ask(`POST /devices/${id}/stream/start`, example)).status, 200);
    });
  }
});

Deno.test("the document of 500 devices describes a hundred of them, and is made again when a device changes", async () => {
  await using bench = await webBench();
  for (let i = 0; i < 499; i++) await bench.daemon.addDevice(`more${i}`, "Scripted");
  const read = async () => Object.keys((await bench.ask<{ paths: object }>("GET /openapi.json")).body.paths);
  const ownCalls = (paths: string[]) => paths.filter((path) => /^\/devices\/[^{/]+\/call$/.test(path));
  const first = ownCalls(await read());
  equal([first.length, first[0], first.at(-1)], [100, "/devices/daq1/call", "/devices/more98/call"]);
  await bench.daemon.removeDevice("more0");
  equal(ownCalls(await read()).at(-1), "/devices/more99/call");
});

Deno.test("a device beyond the limit of the bench is refused with 503", async () => {
  await using bench = await webBench();
  for (let i = 0; i < 499; i++) await bench.daemon.addDevice(`more${i}`, "Scripted");
  const { status, type, message } = await bench.refusal("POST /devices", { device_id: "n", device_type: "Scripted" });
  equal([status, type], [503, "Unavailable"]);
  equal(message, 'Cannot add device "n": the bench has 500 devices, its limit; remove one, or raise max_devices');
  await bench.daemon.removeDevice("more0");
  equal((await bench.ask("POST /devices", { device_id: "n", device_type: "Scripted" })).status, 201);
});

Deno.test("drivers with huge descriptions have the general paths, and the document stays small", async () => {
  const driver = (name: string, doc: string) => ({
    ...{
      name,
      file: `${name}.ts`,
      status: "loaded" as const,
      summary: "",
      params: {},
      options: {},
      sample: null,
      properties: [],
    },
    methods: Array.from({ length: 100 }, (_, i) => ({ name: `m${i}`, doc, parameters: [], input: {} })),
    permissions: {},
  });
  const huge = Array.from({ length: 13 }, (_, i) => driver(`Huge${i}`, "x".repeat(2_000)));
  const drivers = [...huge, driver("Small", "")];
  const devices = drivers.map((it) => ({ id: it.name.toLowerCase(), driver: it }));
  const document = describeBench(
    await new RoutesDocument("1.0.0").get(),
    { drivers, devices } as unknown as DocumentedBench,
  );
  const { paths, components: { schemas } } = document;
  ok(paths["/devices/small/call"] && schemas["Small.create"]);
  equal(huge.filter(({ name }) => `${name}.create` in schemas).length, 2);
  equal(huge.filter(({ name }) => `/devices/${name.toLowerCase()}/call` in paths).length, 2);
});
