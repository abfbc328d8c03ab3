/** A driver in Python gets what it was granted, and no more, where the machine can limit it; else the status says so. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denyNet } from "../../lib/host/denied_net.ts";
import { benchWith } from "../support/bench.ts";
import { pythonTest } from "../support/python.ts";
import type { LabError } from "../../lib/mod.ts";

const FORBIDDEN: [method: string, ...args: unknown[]][] = [
  ["reads", "/etc/passwd"],
  ["reads", `/proc/${Deno.pid}/environ`],
  ["reads", import.meta.filename],
  ["writes", "/tmp/labdaemon-sandbox"],
  ["connects", "127.0.0.1", 2],
  ["runs", "ls"],
  ["signals", Deno.pid],
];

await pythonTest(
  "a driver in Python reads, writes, connects, runs and signals nothing that it was not granted",
  async () => {
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, "granted");
      await using bench = await benchWith({}, "unruly.py");
      const [{ sandbox }] = bench.daemon.drivers();
      const granted = { permissions: { add: { read: [file], write: [file], env: ["HOME"] } } };
      const device = await bench.daemon.addDevice("u1", "UnrulyPython", {}, granted);
      await device.connect();
      // Without a sandbox, the environment alone is limited.
      equal(await device.call("variable", ["HOME"]), Deno.env.get("HOME") ?? null);
      equal(await device.call("variable", ["USER"]), null);
      equal(await device.call("reads", [file]), "granted");
      if (!sandbox?.startsWith("landlock")) return match(String(sandbox), /^(bubblewrap$|none: .+)/);
      for (const [method, ...args] of FORBIDDEN) {
        const error = await device.call(method, args).then(() => undefined, (error: LabError) => error);
        match(String(error?.type), /^(PermissionDenied|PermissionError)$/, `${method} ${args}`);
      }
      await device.call("writes", [file]);
      equal(await device.call("reads", [file]), "written");
      const { message } = await device.call("reads", ["/etc/passwd"]).catch((error: LabError) => error) as LabError;
      match(message, /wanted read access to "\/etc\/passwd".*permissions: \{ add: \{ read: \["\/etc\/passwd"\] \} \}$/);
    } finally {
      await Deno.remove(file);
    }
  },
);

await pythonTest(
  "a driver in Python reaches the ports that it was granted, and the daemon's own not even by net: true",
  async () => {
    const listeners = [0, 0].map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
    const [granted, own] = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
    const allow = denyNet(() => [`127.0.0.1:${own}`]);
    try {
      await using bench = await benchWith({}, "unruly.py");
      const [{ sandbox }] = bench.daemon.drivers();
      // Elsewhere the status says that ports are not limited.
      if (sandbox !== "landlock") return match(String(sandbox), /^(landlock, without the ports|bubblewrap$|none: )/);
      for (
        const [id, net, closed] of [
          ["some", [`127.0.0.1:${granted}`], "PermissionDenied"],
          ["all", true, "ConnectionRefusedError"],
        ] as const
      ) {
        const device = await bench.daemon.addDevice(id, "UnrulyPython", {}, { permissions: { add: { net } } });
        await device.connect();
        const typeOf = (port: number) =>
          device.call("connects", ["127.0.0.1", port]).then(() => "none", ({ type }: LabError) => type);
        equal([await typeOf(granted), await typeOf(own), await typeOf(2)], ["none", "PermissionDenied", closed], id);
      }
    } finally {
      allow();
      for (const listener of listeners) listener.close();
    }
  },
);

await pythonTest(
  "with sandbox: off in the bench file, a driver in Python is not limited, and its status says so",
  async () => {
    const python = { strict: true, drivers: { "unruly.py": { sandbox: false } } };
    await using bench = await benchWith({ python }, "unruly.py");
    equal(bench.daemon.drivers().map(({ sandbox }) => sandbox), ["off"]);
    const device = await bench.daemon.addDevice("u1", "UnrulyPython");
    await device.connect();
    match(String(await device.call("reads", ["/etc/passwd"])), /root/);
  },
);

await pythonTest(
  "without Landlock, a driver in Python is limited by bubblewrap, where it works, or not at all, as it says",
  async () => {
    const interpreter = fileURLToPath(new URL("../support/without_landlock.py", import.meta.url));
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, "granted");
      await using bench = await benchWith({ python: { drivers: { "*": { interpreter } } } }, "unruly.py");
      const [{ sandbox }] = bench.daemon.drivers();
      const granted = { permissions: { add: { read: [file], write: [file] } } };
      const device = await bench.daemon.addDevice("u1", "UnrulyPython", {}, granted);
      await device.connect();
      equal(await device.call("reads", [file]), "granted");
      if (sandbox !== "bubblewrap") {
        match(String(sandbox), /^none: the kernel has no Landlock.*bubblewrap/);
        return match(String(await device.call("reads", ["/etc/passwd"])), /root/);
      }
      for (const [method, ...args] of FORBIDDEN) {
        const error = await device.call(method, args).then(() => undefined, (error: LabError) => error);
        // What it must not see is not there.
        match(
          String(error?.type),
          /^(PermissionDenied|PermissionError|FileNotFoundError|ProcessLookupError|OSError)$/,
          `${method} ${args}`,
        );
      }
      await device.call("writes", [file]);
      equal(await Deno.readTextFile(file), "written");
    } finally {
      await Deno.remove(file);
    }
  },
);
