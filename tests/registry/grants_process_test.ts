import { deepStrictEqual as equal, match } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { grantInFile } from "../../lib/cli/ctl/input/grant_in_file.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { LabError } from "../../lib/errors.ts";
import type { Permissions } from "../../lib/wire/driver.ts";
import { folderOf } from "../support/folder_of.ts";

/** A driver that asks for these permissions, and uses all of them in `connect` if it can. */
const asking = (permissions: string, name = "Asking") => `
  import { defineDriver } from "labdaemon/driver";
  import { z } from "zod";
  export default defineDriver({
    name: "${name}",
    params: z.object({ program: z.string().default("true") }),
    permissions: ({ program }) => (${permissions}),
    create: () => ({}),
    methods: { run: { run: async () => (await new Deno.Command("true").output()).success } },
  });`;

const EVERYTHING = `{
  net: ["10.0.0.7:5025", "10.0.0.8", "*.lab:80"], read: ["/etc/laser.conf", "/"], write: ["/tmp/x"], env: ["HOME"],
  run: [program], sys: ["hostname"], ffi: ["/lib/x.so"],
}`;

async function daemonOf(driver: string, grants?: Record<string, Permissions>) {
  const folder = folderOf({ "asking.ts": driver });
  const daemon = new LabDaemon({ grants });
  await daemon.loadDrivers(folder.path);
  return {
    daemon,
    folder,
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("a driver without a line gets named hosts with ports and named paths, and what it lacks is shown", async () => {
  await using bench = await daemonOf(asking(EVERYTHING));

  const { permissions, permissions_missing } = (await bench.daemon.addDevice("a1", "Asking")).status();
  const [driver] = bench.daemon.drivers();

  const granted = { net: ["10.0.0.7:5025"], read: ["/etc/laser.conf"] };
  const missing = {
    net: ["10.0.0.8", "*.lab:80"],
    read: ["/"],
    write: ["/tmp/x"],
    env: ["HOME"],
    run: ["true"],
    sys: ["hostname"],
    ffi: ["/lib/x.so"],
  };
  equal([permissions, permissions_missing], [granted, missing]);
  equal([driver.permissions_granted, driver.permissions_missing], [granted, missing]);
});

Deno.test("everything of a kind needs a line", async () => {
  await using bench = await daemonOf(asking("{ net: true, read: true, env: true }"));

  const { permissions, permissions_missing } = (await bench.daemon.addDevice("a1", "Asking")).status();

  equal([permissions, permissions_missing], [{}, { net: true, read: true, env: true }]);
});

Deno.test("a line is the ceiling: no params get more, and kinds that it does not name are not granted", async () => {
  const line = { run: ["true"] };
  await using bench = await daemonOf(asking("{ run: [program], net: ['10.0.0.7:80'] }"), { Asking: line });

  const harmless = await bench.daemon.addDevice("a1", "Asking", { program: "true" });
  const harmful = await bench.daemon.addDevice("a2", "Asking", { program: "sh" });

  equal([harmless, harmful].map((it) => it.status().permissions), [line, {}]);
  equal(harmful.status().permissions_missing, { run: ["sh"], net: ["10.0.0.7:80"] });
});

Deno.test("a newer version that asks for more runs with what was granted, and says so", async () => {
  await using bench = await daemonOf(asking("{ run: ['true'] }"), { Asking: { run: ["true"] } });
  const device = await bench.daemon.addDevice("a1", "Asking");
  await device.connect();

  await Deno.writeTextFile(`${bench.folder.path}/asking.ts`, asking("{ run: ['true', 'sh'], write: ['/tmp'] }"));
  await bench.daemon.loadDrivers(bench.folder.path);

  const { permissions, permissions_missing } = device.status();
  equal([permissions, permissions_missing], [{ run: ["true"] }, { run: ["sh"], write: ["/tmp"] }]);
  await device.connect();
  equal(await device.call("run"), true);
});

Deno.test("a device that is removed and added again without its permissions keeps its ceiling", async () => {
  await using bench = await daemonOf(asking("{ net: ['10.0.0.7:80', '10.0.0.8:80'] }"));
  const permissions = { only: { net: ["10.0.0.7:80"] }, add: { env: ["HOME"] } };
  await bench.daemon.addDevice("a1", "Asking", {}, { permissions });
  await bench.daemon.removeDevice("a1");

  const again = await bench.daemon.addDevice("a1", "Asking");

  equal(again.status().permissions, { net: ["10.0.0.7:80"], env: ["HOME"] });
});

Deno.test("a device of another driver under the same id gets nothing that was added for the first", async () => {
  await using bench = await daemonOf(asking("{ net: ['10.0.0.7:80', '10.0.0.8:80'] }"));
  await Deno.writeTextFile(`${bench.folder.path}/other.ts`, asking("{ net: ['10.0.0.7:80', '10.0.0.8:80'] }", "Other"));
  await bench.daemon.loadDrivers(bench.folder.path);
  const permissions = { only: { net: ["10.0.0.7:80"] }, add: { run: ["sh"] } };
  await bench.daemon.addDevice("a1", "Asking", {}, { permissions });
  await bench.daemon.removeDevice("a1");

  const other = await bench.daemon.addDevice("a1", "Other");

  equal(other.status().permissions, { net: ["10.0.0.7:80"] });
});

Deno.test("the error of a denied permission has the driver's whole line", async () => {
  await using bench = await daemonOf(asking("{ run: ['true'], env: ['HOME'], net: ['10.0.0.7:80'] }"));
  const device = await bench.daemon.addDevice("a1", "Asking");
  await device.connect();

  const { message, context } = await device.call("run").catch((error) => error) as LabError;

  match(message, /add to the bench file: grants: \{ Asking: \{ .* \} \}$/);
  equal(context.grants, { net: ["10.0.0.7:80"], env: ["HOME"], run: ["true"] });
});

Deno.test("a driver that fails to connect without its line, in words of its own, fails with the line", async () => {
  const failing = asking("{ run: ['true'] }").replace(
    "create: () => ({})",
    `create: () => ({
    connect: async () => {
      try {
        await new Deno.Command("true").output();
      } catch {
        throw new Error("no instrument");
      }
    },
  })`,
  );
  await using bench = await daemonOf(failing);
  const device = await bench.daemon.addDevice("a1", "Asking");

  await device.connect().catch(() => {});

  const line = 'grants: { Asking: { run: ["true"] } }';
  equal(
    device.lastError?.message,
    `no instrument. Its driver asks for more than it was granted: if it should have it, add to the bench file: ${line}`,
  );
});

Deno.test("a permission with a NUL is refused with a message", async () => {
  await using bench = await daemonOf(asking("{ read: ['/etc/' + program] }"));

  const error = await bench.daemon.addDevice("a1", "Asking", { program: "a\0b" }).catch((error) => error);

  equal(error.code, "InvalidRequest");
  match(
    error.message,
    /"read": expected non-empty texts without commas or control characters, found "\/etc\/a\\u0000b"/,
  );
});

Deno.test("a program by a relative path is granted by the line that ctl writes into a bench file of another folder", async () => {
  const driver = asking("{ run: [program, 'tools/x'], read: ['data'] }");
  const missingOf = async (bench: Awaited<ReturnType<typeof daemonOf>>) =>
    (await bench.daemon.addDevice("a1", "Asking")).status().permissions_missing;
  await using before = await daemonOf(driver);
  const missing = await missingOf(before);
  equal(missing, { run: ["true", `${Deno.cwd()}/tools/x`] });

  const text = grantInFile("", "/lab/bench.yaml", "Asking", { ...missing, read: [`${Deno.cwd()}/data`] });
  await using after = await daemonOf(driver, parseBench(text, "/lab/bench.yaml").grants);

  equal(await missingOf(after), {});
  equal(after.daemon.drivers()[0].permissions_missing, {});
});
