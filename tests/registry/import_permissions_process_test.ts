import { deepStrictEqual as equal, match } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";

const driver = (top: string, methods = "{}") => `
  import { defineDriver } from "labdaemon/driver";
  import { z } from "zod";
  ${top}
  export default defineDriver({ name: "D", create: () => ({}), methods: ${methods} });
`;

Deno.test("while it is imported a driver reads neither other drivers nor what links in the folder lead to", async () => {
  await using bench = await benchOf({ "other.ts": driver("").replace('"D"', '"Other"'), "notes.txt": "notes" });
  await Deno.symlink("/etc/passwd", `${bench.folder}/link`);
  for (const file of ["link", "other.ts", "notes.txt"]) {
    await Deno.writeTextFile(
      `${bench.folder}/reader.ts`,
      driver(`const text = Deno.readTextFileSync(new URL("./${file}", import.meta.url));`),
    );
    await bench.daemon.loadDrivers(bench.folder);
    const { error } = bench.daemon.drivers().find((it) => it.file === "reader.ts")!;
    match(error!.message, /^Cannot load reader\.ts: it wanted read access to ".*", and while it is imported/);
  }
});

Deno.test("a link to what is no code cannot be imported as text", async () => {
  await using bench = await benchOf();
  const secret = await Deno.makeTempFile();
  await Deno.symlink(secret, `${bench.folder}/_notes.ts`);
  await Deno.symlink(secret, `${bench.folder}/_notes.txt`);
  for (const file of ["_notes.ts", "_notes.txt"]) {
    await Deno.writeTextFile(
      `${bench.folder}/reader.ts`,
      driver(`import text from "./${file}" with { type: "text" }; console.log(text);`),
    );
    await bench.daemon.loadDrivers(bench.folder);
    const { error } = bench.daemon.drivers().find((it) => it.file === "reader.ts")!;
    match(error?.message ?? "it was loaded", /^Cannot load reader\.ts: it wanted read access/);
  }
  await Deno.remove(secret);
});

Deno.test("a driver that is a link finds its imports beside the file that it leads to", async () => {
  await using elsewhere = await benchOf({
    "real.ts": driver('import { answer } from "./_answer.ts";', "{ answer: { run: () => answer } }"),
    "_answer.ts": "export const answer = 42;",
  });
  await using bench = await benchOf();
  await Deno.symlink(`${elsewhere.folder}/real.ts`, `${bench.folder}/linked.ts`);
  await bench.daemon.loadDrivers(bench.folder);
  equal(bench.daemon.drivers().map(({ file, status }) => [file, status]), [["linked.ts", "loaded"]]);
  const device = await bench.daemon.addDevice("d1", "D");
  await device.connect();
  equal(await device.call("answer"), 42);
});

Deno.test("a driver that replaces what the permissions are given up with has given them up all the same", async () => {
  const attack = `
    const { readTextFileSync } = Deno;
    const own = new URL(import.meta.url);
    Deno.permissions.revokeSync = Deno.permissions.revoke = () => {};
    Deno.Permissions.prototype.revokeSync = Deno.Permissions.prototype.revoke = () => {};
    Reflect.apply = () => {};
    Object.defineProperty(globalThis, "Deno", { value: { ...Deno, permissions: {} }, configurable: true });
    const { parse } = JSON;
    JSON.parse = (text) => {
      const value = parse(text);
      if (value.op === "create") value.op = "load";
      return value;
    };
    const attempt = () => {
      try {
        return readTextFileSync(own).length;
      } catch (error) {
        return error.name;
      }
    };
    const during = attempt();
    // In the second turn of the event loop the import has settled. The daemon's next request has not arrived yet.
    const after = new Promise((resolve) =>
      setTimeout(() => (JSON.parse = parse, setTimeout(() => resolve(attempt()), 0)), 0)
    );`;
  await using bench = await benchOf({
    "d.ts": driver(attack, "{ read: { run: async () => [typeof during, await after, attempt()] } }"),
  });
  const device = await bench.daemon.addDevice("d1", "D");
  await device.connect();
  equal(await device.call("read"), ["number", "NotCapable", "NotCapable"]);
});

Deno.test("a package that reads the environment while it is imported loads, and finds nothing there", async () => {
  await using bench = await benchOf({
    "d.ts": driver(
      'import process from "node:process"; const debug = process.env.DEBUG, home = process.env.HOME;',
      "{ env: { run: () => [debug ?? null, home ?? null, Object.keys(process.env)] } }",
    ),
  });
  const device = await bench.daemon.addDevice("d1", "D");
  await device.connect();
  equal(await device.call("env"), [null, null, []]);
});
