import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench, type ServedBench } from "../support/served_bench.ts";

interface Answer {
  status: number;
  result?: unknown;
  error?: { type: string; message: string; context: Record<string, unknown> };
}

/** Calls a method of a device that may be refused, once the device is connected. */
async function call(bench: ServedBench, id: string, method: string, args: unknown[]): Promise<Answer> {
  await bench.ask(`POST /devices/${id}/connect`);
  const body = JSON.stringify({ method, args });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${bench.url}/devices/${id}/call`, { method: "POST", body, headers });
  return { ...await response.json(), status: response.status };
}

/** The bench file's entry for a denied permission, on one line. */
const ADVICE = "If it should have it, add to the device in the bench file: ";

Deno.test("a malicious driver is denied everything it tries, and the error names the permission", async (test) => {
  await using bench = await serveBench("devices: [{ id: evil1, driver: Nosy }]", { drivers: ["nosy.ts"] });
  const { folder, port, pid } = bench;
  const cases: [what: string, method: string, args: unknown[], wanted: string, grant: string][] = [
    ["a file of the machine", "read", ["/etc/passwd"], 'read access to "/etc/passwd"', 'read: ["/etc/passwd"]'],
    [
      "the bench file",
      "read",
      [`${folder}/bench.yaml`],
      `read access to "${folder}/bench.yaml"`,
      `read: ["${folder}/bench.yaml"]`,
    ],
    [
      "its own source",
      "read",
      [`${folder}/drivers/nosy.ts`],
      `read access to "${folder}/drivers/nosy.ts"`,
      `read: ["${folder}/drivers/nosy.ts"]`,
    ],
    [
      "another driver",
      "write",
      [`${folder}/drivers/worse.ts`],
      `write access to "${folder}/drivers/worse.ts"`,
      `write: ["${folder}/drivers/worse.ts"]`,
    ],
    ["another host", "dial", ["192.0.2.1", 80], 'net access to "192.0.2.1:80"', 'net: ["192.0.2.1:80"]'],
    ["a program", "run", [], 'run access to "true"', 'run: ["true"]'],
    ["killing the daemon", "kill", [pid], "run access", "run: true"],
    ["native code", "load", ["libm.so.6"], 'ffi access to "libm.so.6"', 'ffi: ["libm.so.6"]'],
  ];
  for (const [what, method, args, wanted, grant] of cases) {
    await test.step(what, async () => {
      const { status, error } = await call(bench, "evil1", method, args);
      equal([status, error?.type], [502, "PermissionDenied"]);
      equal(
        error?.message,
        `The driver of "evil1" wanted ${wanted}, which it has not been granted. ` +
          `Its author can ask for it in the driver: permissions: () => ({ ${grant} }) (nosy.ts:8). ` +
          `${ADVICE}permissions: { add: { ${grant} } }`,
      );
    });
  }
  await test.step("the environment", async () => {
    equal(await call(bench, "evil1", "variable", ["HOME"]), { status: 200, success: true, result: null });
  });
  await test.step("the daemon itself", async () => {
    const { status, error } = await call(bench, "evil1", "dial", ["127.0.0.1", port]);
    equal([status, error?.type], [502, "PermissionDenied"]);
    equal(
      error?.message,
      `The driver of "evil1" wanted net access to "127.0.0.1:${port}", which no driver may reach: ` +
        "it is the daemon's own address",
    );
  });
  await test.step("the daemon itself, in the notation of IPv6", async () => {
    const hosts = ["127.0.0.1", "127.0.0.2"];
    const net = [...hosts, "meter.invalid"].map((host) => `${host}:${port}`).concat(`[::ffff:127.0.0.1]:${port}`);
    await bench.ask("POST /devices", { device_id: "evil2", device_type: "Nosy", params: { net } });
    for (const host of hosts) {
      const { status, error } = await call(bench, "evil2", "dial", [`::ffff:${host}`, port]);
      equal([status, error?.type], [502, "PermissionDenied"], host);
    }
    // The record of a name can lead to the daemon in that notation, too.
    const { error } = await call(bench, "evil2", "dial", ["meter.invalid", port]);
    equal(
      error?.message,
      `The driver of "evil2" wanted net access to "meter.invalid:${port}", which no driver may reach: it has the port of ` +
        "the daemon, and a name may lead to the daemon; give the address of the instrument as a number",
    );
  });
  await test.step("code from the network", async () => {
    const { status, error } = await call(bench, "evil1", "import", ["https://example.com/evil.ts"]);
    equal([status, error?.type], [502, "PermissionDenied"]);
    equal(
      error?.message,
      'The driver of "evil1" wanted to import https://example.com/evil.ts from the network, which no driver may: ' +
        "save it beside the driver, or use an npm package",
    );
  });
  const { state, restarts } = await bench.ask("GET /devices/evil1");
  equal([state, restarts], ["connected", 0]);
  equal([...Deno.readDirSync(`${folder}/drivers`)].map(({ name }) => name), ["nosy.ts"]);
});

Deno.test("a driver file that needs a permission while it is imported is listed with that permission", async () => {
  const drivers = [{
    "fetching.ts": 'import "https://example.com/evil.ts";',
    "reading.ts": 'Deno.readTextFileSync("/etc/passwd");',
  }];
  await using bench = await serveBench("devices: []", { drivers });
  interface Listed {
    file: string;
    status: string;
    error?: { type: string; message: string };
  }
  const { drivers: listed } = await bench.ask<{ drivers: Listed[] }>("GET /drivers");
  equal(listed.map(({ file, status, error }) => [file, status, error?.type]), [
    ["fetching.ts", "failed", "PermissionDenied"],
    ["reading.ts", "failed", "PermissionDenied"],
  ]);
  equal(listed.map(({ error }) => error?.message), [
    "Cannot load fetching.ts: it wanted to import https://example.com/evil.ts from the network, which no driver may: " +
    "save it beside the driver, or use an npm package",
    'Cannot load reading.ts: it wanted read access to "/etc/passwd", and while it is imported a driver may touch nothing',
  ]);
});

Deno.test("the permission line that an error names is sufficient", async (test) => {
  const file = await Deno.makeTempFile();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const cases: Record<string, [method: string, args: unknown[], result: unknown]> = {
    reads: ["read", [file], 0],
    writes: ["write", [file], null],
    asks: ["variable", ["LABDAEMON_TEST"], "yes"],
    dials: ["dial", ["127.0.0.1", (listener.addr as Deno.NetAddr).port], null],
    runs: ["run", [], true],
  };
  const options = { drivers: ["nosy.ts"], env: { LABDAEMON_TEST: "yes" } };
  const devices = Object.keys(cases).map((id) => `  - { id: ${id}, driver: Nosy }`);
  const lines = new Map<string, string>();
  {
    await using bench = await serveBench(`devices:\n${devices.join("\n")}`, options);
    for (const [id, [method, args]] of Object.entries(cases)) {
      const { result, error } = await call(bench, id, method, args);
      // A variable that is not granted reads as unset.
      equal(result, id === "asks" ? null : undefined);
      lines.set(id, error?.message.split(ADVICE)[1] ?? 'permissions: { add: { env: ["LABDAEMON_TEST"] } }');
    }
  }
  const allowed = [...lines].map(([id, line]) => `  - { id: ${id}, driver: Nosy, ${line} }`);
  await using bench = await serveBench(`devices:\n${allowed.join("\n")}`, options);
  for (const [id, [method, args, result]] of Object.entries(cases)) {
    await test.step(lines.get(id)!.replace(file, "a file"), async () => {
      equal(await call(bench, id, method, args), { result, success: true, status: 200 });
    });
  }
  (await accepted).close();
  await Deno.remove(file);
});

Deno.test("the bench file narrows and extends a driver's permissions", async () => {
  const folder = await Deno.makeTempDir();
  const [a, b, c] = ["a", "b", "c"].map((name) => `${folder}/${name}.txt`);
  for (const path of [a, b, c]) await Deno.writeTextFile(path, "four");
  await using bench = await serveBench(
    `
devices:
  - { id: plain, driver: Nosy, params: { read: [${a}, ${b}] } }
  - { id: narrowed, driver: Nosy, params: { read: [${a}, ${b}] }, permissions: { only: { read: [${a}] } } }
  - { id: both, driver: Nosy, params: { read: [${a}, ${b}] }, permissions: { only: { read: [${a}] }, add: { read: [${c}] } } }
  - { id: nothing, driver: Nosy, params: { read: [${a}, ${b}] }, permissions: { only: { read: [] } } }
`,
    { drivers: ["nosy.ts"] },
  );
  const reads: Record<string, boolean[]> = {};
  for (const id of ["plain", "narrowed", "both", "nothing"]) {
    reads[id] = [];
    for (const path of [a, b, c]) reads[id].push((await call(bench, id, "read", [path])).result === 4);
  }
  equal(reads, {
    plain: [true, true, false],
    narrowed: [true, false, false],
    both: [true, false, true],
    nothing: [false, false, false],
  });
  await Deno.remove(folder, { recursive: true });
});
