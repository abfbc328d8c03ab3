/** Other tools read the description: a validator, a linter, a typed client. Each runs in the project `tests/openapi`. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { richBench } from "../support/rich_bench.ts";
import { serveBench } from "../support/served_bench.ts";

const project = join(import.meta.dirname!, "../openapi");

/** Nothing here asks anybody but npm, and Deno itself does that. */
const ENV = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1", CI: "true" };

/** The permissions of a tool that reads files and has no network. */
const OFFLINE = ["run", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys"];

/** Runs Deno with the project's own dependencies, and gives what it prints. Fails as it fails. */
async function deno(args: string[], { cwd = project, stdin = "" } = {}): Promise<{ out: string; err: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: ENV,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Response(stdin).body!.pipeTo(child.stdin),
  ]);
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  ok(code === 0, `deno ${args.join(" ")} ended with ${code}:\n${out}\n${err}`);
  return { out, err };
}

/** A folder for files of a test. */
async function temporary() {
  const path = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A bench of all kinds, and a file with its description. */
async function described() {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporary());
  const bench = stack.use(await richBench());
  const file = `${folder.path}/openapi.json`;
  await Deno.writeTextFile(file, (await bench.ask("GET /openapi.json")).text);
  return { bench, file, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("the description is valid OpenAPI 3.1", async () => {
  await using it = await described();
  await deno([...OFFLINE, "validate.ts", it.file]);
});

Deno.test("the linter has no error and no warning", async () => {
  await using it = await described();
  const linter = ["npm:@redocly/cli@2.77.0", "lint", "--config", "redocly.yaml"];
  const { out, err } = await deno([...OFFLINE, ...linter, it.file]);
  const said = out + err;
  ok(/API description is valid/.test(said) && !/warning/i.test(said), said);
});

Deno.test("a body fits the description of a call exactly if the call is not refused", async () => {
  const move = { method: "move" };
  const calls: [body: { method: string; [key: string]: unknown }, fits: boolean][] = [
    [{ ...move, kwargs: { x: 1 } }, true],
    [{ ...move, args: [1] }, true],
    [{ ...move, args: [1, "a"] }, true],
    [{ ...move, args: [1], kwargs: { "odd/key": "a" } }, true],
    [{ ...move, args: [], kwargs: { x: 1 } }, true],
    [{ ...move, args: null, kwargs: { x: 1 } }, true],
    [{ ...move, args: [1], kwargs: null }, true],
    [move, false],
    [{ ...move, kwargs: {} }, false],
    [{ ...move, kwargs: { x: "1" } }, false],
    [{ ...move, kwargs: { x: 1, y: 2 } }, false],
    [{ ...move, args: ["1"] }, false],
    [{ ...move, args: [1, "a", 2] }, false],
    [{ ...move, kwargs: { x: 1 }, more: 1 }, false],
    [{ method: "home" }, true],
    [{ method: "home", kwargs: {} }, true],
    [{ method: "home", args: [1] }, false],
  ];
  await using it = await described();
  const values = calls.map(([body]) => [`Rich.methods.${body.method}.call`, body]);
  const { out } = await deno([...OFFLINE, "fits.ts", it.file], { stdin: JSON.stringify(values) });
  const fitting = JSON.parse(out);
  for (const [i, [body, fits]] of calls.entries()) {
    const { status } = await it.bench.ask("POST /devices/rich1/call", body);
    equal([status === 200, fitting[i]], [fits, fits], JSON.stringify(body));
  }
});

Deno.test("a client with types made from the live description compiles and works", async () => {
  await using bench = await serveBench("devices: [{ id: daq1, driver: StreamingDAQ }]", {
    drivers: ["streaming_daq.ts"],
  });
  await using folder = await temporary();
  const cwd = folder.path;
  for (const file of ["deno.json", "deno.lock", "client.ts"]) {
    await Deno.copyFile(`${project}/${file}`, `${cwd}/${file}`);
  }
  await bench.ask("POST /devices/daq1/connect");
  await Deno.writeTextFile(`${cwd}/openapi.json`, JSON.stringify(await bench.ask("GET /openapi.json")));
  await deno(["run", "-A", "npm:openapi-typescript@7.13.0", "openapi.json", "-o", "api.d.ts"], { cwd });
  await deno(["check", "client.ts"], { cwd });
  await deno(["run", "--no-check", "--no-prompt", `--allow-net=127.0.0.1:${bench.port}`, "client.ts", bench.url], {
    cwd,
  });
});

Deno.test("the project of the tools is formatted and linted as the rest is", async () => {
  await deno(["fmt", "--check"]);
  await deno(["lint"]);
});
