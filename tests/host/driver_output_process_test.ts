import { deepStrictEqual as equal } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { collectLog } from "../support/log.ts";

/** Writes to stdout in every way. */
const WRITER = `
import { defineDriver } from "labdaemon/driver";
import { writeSync } from "node:fs";
import process, { stdout } from "node:process";

const bytes = (text) => new TextEncoder().encode(text);
const ways = {
  progress: () => process.stdout.write("progress 10%\\rprogress 20%\\r"),
  by_name: () => stdout.write("by name\\n"),
  by_deno: () => Deno.stdout.writeSync(bytes("by Deno\\n")),
  at_once: () => Deno.stdout.write(bytes("later\\r\\nand more\\n")),
  by_stream: () => Deno.stdout.writable.getWriter().write(bytes("by a stream\\n")),
  by_file: () => writeSync(1, "by a file\\n"),
  by_program: async () => void await new Deno.Command("echo", { args: ["by a program"], clearEnv: true }).spawn().status,
  without_end() {
    process.stdout.write("measuring … ");
    console.warn("no light");
    process.stdout.write("done");
  },
};
export default defineDriver({
  name: "Writer",
  permissions: () => ({ run: ["echo"] }),
  create: () => ({}),
  methods: Object.fromEntries(Object.entries(ways).map(([way, write]) => [way, { run: async () => void await write() }])),
});`;

Deno.test("output of a driver, its libraries and its programs to stdout goes to the log, and the device stays connected", async () => {
  await using bench = await benchOf({ "writer.ts": WRITER });
  using log = collectLog();
  const device = await bench.daemon.addDevice("writer1", "Writer", {}, { permissions: { add: { run: ["echo"] } } });
  await device.connect();
  for (const { name } of device.methods) await device.call(name);
  equal([device.status().restarts, device.lastError], [0, undefined]);
  // When its process has ended, all its output has arrived.
  await device.disconnect();
  const said = log.records.filter(({ category }) => category[1] === "console");
  equal(said.map(({ level, properties }) => [level, properties.line]), [
    ["info", "progress 10%"],
    ["info", "progress 20%"],
    ["info", "by name"],
    ["info", "by Deno"],
    ["info", "later"],
    ["info", "and more"],
    ["info", "by a stream"],
    ["info", "by a file"],
    ["info", "by a program"],
    ["info", "measuring … "],
    ["warning", "no light"],
    ["info", "done"],
  ]);
});
