/** A driver in Python gets what it was granted, and no more, where the machine can limit it; else the status says so. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { benchWith } from "../support/bench.ts";
import { pythonTest } from "../support/python.ts";
import type { LabError } from "../../lib/mod.ts";

const FORBIDDEN: [method: string, ...args: unknown[]][] = [
  ["reads", "/etc/passwd"],
  ["reads", "/proc/1/environ"],
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
      if (sandbox !== "landlock") return match(String(sandbox), /^none: .+/);
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
