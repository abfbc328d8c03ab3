import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import type { LabError } from "../../lib/mod.ts";

const LIBRARY = decodeURIComponent(new URL("../../lib/mod.ts", import.meta.url).pathname);

Deno.test("a driver that requests no permission gets none", async (test) => {
  await using bench = await benchOf("nosy.ts");
  const device = await bench.daemon.addDevice("nosy1", "Nosy");
  await device.connect();
  const forbidden: [what: string, method: string, args: unknown[]][] = [
    ["a file of the machine", "read", ["/etc/passwd"]],
    ["its own file", "read", [`${bench.folder}/nosy.ts`]],
    ["the library", "read", [LIBRARY]],
    ["its own environment by another way", "read", ["/proc/self/environ"]],
    ["writing", "write", [`${bench.folder}/mine.txt`]],
    ["the pipe to the daemon", "write", ["/dev/fd/3"]],
    ["the pipe to the daemon by another path", "write", ["/proc/self/fd/3"]],
    ["the network", "dial", ["127.0.0.1", 9]],
    ["other programs", "run", []],
    ["importing what it could not read", "import", [`file://${bench.folder}/nosy.ts?again`]],
    ["importing from elsewhere", "import", ["http://127.0.0.1:9/x.ts"]],
  ];
  for (const [what, method, args] of forbidden) {
    await test.step(what, () =>
      rejects(device.call(method, args), ({ origin, type, message }: LabError) => {
        equal(origin, "device");
        match(`${type}: ${message}`, /^PermissionDenied: |A remote specifier was requested/);
        return true;
      }));
  }
  // Many packages read settings there; without the permission they find none.
  equal(await device.call("variable", ["HOME"]) ?? null, null);
  equal(device.state, "connected");
});

Deno.test("a driver gets the permissions of its manifest, and no others", async () => {
  await using bench = await benchOf("nosy.ts", { "allowed.txt": "four", "other.txt": "" });
  const read = [`${bench.folder}/allowed.txt`];
  const device = await bench.daemon.addDevice("nosy1", "Nosy", { read });
  await device.connect();
  equal(await device.call("read", read), 4);
  await rejects(device.call("read", [`${bench.folder}/other.txt`]), { type: "PermissionDenied" });
});

Deno.test("a driver that may read its own folder, or one above it, still may when it is created", async () => {
  await using bench = await benchOf("nosy.ts", { "calibration.txt": "four" });
  const folders = [bench.folder, `${bench.folder}/`, bench.folder.slice(0, bench.folder.lastIndexOf("/")), "/"];
  for (const [i, folder] of folders.entries()) {
    const permissions = { add: { read: [folder] } };
    const device = await bench.daemon.addDevice(`nosy${i}`, "Nosy", { read: [folder] }, { permissions });
    await device.connect();
    equal(await device.call("read", [`${bench.folder}/calibration.txt`]), 4);
    await bench.daemon.removeDevice(device);
  }
});

Deno.test("a driver that may write to a folder, or to all, still may when it is created", async () => {
  await using bench = await benchOf("nosy.ts");
  for (const [i, write] of ([[bench.folder], ["/dev", bench.folder], true] as const).entries()) {
    const permissions = { add: { write } } as const;
    const device = await bench.daemon.addDevice(`nosy${i}`, "Nosy", {}, { permissions });
    await device.connect();
    await device.call("write", [`${bench.folder}/mine.txt`]);
    if (i > 0) await device.call("write", ["/dev/null"]);
    await bench.daemon.removeDevice(device);
  }
});

Deno.test("the bench file narrows and extends the permissions of a driver", async () => {
  await using bench = await benchOf("nosy.ts", { "a.txt": "a", "b.txt": "b", "c.txt": "c" });
  const [a, b, c] = ["a", "b", "c"].map((name) => `${bench.folder}/${name}.txt`);
  const permissions = { only: { read: [a] }, add: { read: [c] } };
  const device = await bench.daemon.addDevice("nosy1", "Nosy", { read: [a, b] }, { permissions });
  await device.connect();
  equal([await device.call("read", [a]), await device.call("read", [c])], [1, 1]);
  await rejects(device.call("read", [b]), { type: "PermissionDenied" });
});

Deno.test("a driver reaches its granted host and port, and no other", async () => {
  await using bench = await benchOf("nosy.ts");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const device = await bench.daemon.addDevice("nosy1", "Nosy", { net: [`127.0.0.1:${port}`] });
  await device.connect();
  const accepted = listener.accept();
  await device.call("dial", ["127.0.0.1", port]);
  (await accepted).close();
  await rejects(device.call("dial", ["127.0.0.1", (other.addr as Deno.NetAddr).port]), { type: "PermissionDenied" });
});

Deno.test("permissions(params) runs in a process without permissions", async () => {
  await using bench = await benchOf({
    "sly.ts": `
      import { defineDriver } from "labdaemon/driver";
      import { z } from "zod";
      export default defineDriver({
        name: "Sly",
        params: z.object({ path: z.string() }),
        permissions: ({ path }) => ({ read: [Deno.readTextFileSync(path)] }),
        create: () => ({}),
      });`,
  });
  await rejects(bench.daemon.addDevice("sly1", "Sly", { path: "/etc/hostname" }), { type: "PermissionDenied" });
});
