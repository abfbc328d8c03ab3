import { deepEqual, equal, match } from "node:assert/strict";
import { bytesOfLatin1 } from "../../../lib/format/encodings.ts";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

async function connectedBench() {
  const bench = await webBench();
  await bench.device.connect();
  return bench;
}

Deno.test("get prints one value as JSON, or all properties with their units and limits", async () => {
  await using bench = await connectedBench();
  equal((await ctl(bench.app, ["get", "daq1", "reading"])).out, "7\n");
  const { out } = await ctl(bench.app, ["get", "daq1"]);
  match(out, /^PROPERTY +VALUE +ACCESS +VALUES\nlevel +0 V +read, set +number, 0 to 10 V\nreading +7 +read +number\n$/);
  const [level] = JSON.parse((await ctl(bench.app, ["get", "daq1", "--json"])).out);
  equal(level.name, "level");
  const wrong = await ctl(bench.app, ["get", "daq1", "levle"]);
  equal(wrong.code, 1);
  match(wrong.err, /there is no such property.*Did you mean level\?/);
});

Deno.test("get of a device that is off shows the last known values as old, and the reason", async () => {
  await using bench = await connectedBench();
  await bench.device.setProperty("level", 5);
  await bench.device.disconnect();
  const { code, out, err } = await ctl(bench.app, ["get", "daq1"]);
  equal(code, 0);
  match(out, /\nlevel +5 V \(old\) .*\nreading +unknown +read /);
  match(err, /Cannot get "level" of "daq1": it is disconnected/);
});

Deno.test("set takes a pair of words or several values, and prints what the instrument says", async () => {
  await using bench = await connectedBench();
  deepEqual(await ctl(bench.app, ["set", "daq1", "level", "5"]), { code: 0, out: "level = 5\n", err: "" });
  equal((await ctl(bench.app, ["set", "daq1", "level=6"])).out, "level = 6\n");
  bench.instrument.next("get", () => 6.9);
  const rounded = await ctl(bench.app, ["set", "daq1", "level", "7"]);
  deepEqual([rounded.out, rounded.err], ["level = 6.9\n", "level was set to 7, and the instrument says 6.9\n"]);
  const refused = await ctl(bench.app, ["set", "daq1", "level", "11"]);
  equal(refused.code, 1);
  match(refused.err, /Cannot set "level" of "daq1": value: expected at most 10, found 11/);
  equal((await ctl(bench.app, ["set", "daq1", "levle=1"])).code, 2);
});

Deno.test("a snapshot is restored from its file, after a look at the differences", async () => {
  await using bench = await connectedBench();
  await bench.device.setProperty("level", 5);
  const file = await Deno.makeTempFile();
  try {
    const taken = await ctl(bench.app, ["snapshot"]);
    equal(taken.code, 0);
    await Deno.writeTextFile(file, taken.out);
    await bench.device.setProperty("level", 1);
    equal((await ctl(bench.app, ["restore", file, "--dry-run"])).out, "daq1 level: 1 → 5\n");
    equal(bench.instrument.level, 1);
    deepEqual(await ctl(bench.app, ["restore", file]), { code: 0, out: "daq1 level: 1 → 5\n", err: "" });
    equal((await ctl(bench.app, ["restore", file])).out, "Nothing had to be set\n");
    await bench.device.disconnect();
    const failed = await ctl(bench.app, ["restore", file]);
    equal(failed.code, 1);
    match(failed.err, /daq1 level: .*it is disconnected\n[^]*Not restored: 2 of the properties/);
    await Deno.writeTextFile(file, "{}");
    const wrong = await ctl(bench.app, ["restore", file]);
    match(wrong.err, /Cannot read the snapshot .*: it has no list of devices/);
    await Deno.writeFile(file, bytesOfLatin1('{ "devices": [], "unit": "\xb5V" }'));
    match(
      (await ctl(bench.app, ["restore", file])).err,
      /line 1, column 27: expected UTF-8, .*: save the file as UTF-8/,
    );
    for (const flags of [[], ["--recording", "run"], [file, "--at", "2026-11-26T08:00:00Z"]]) {
      match((await ctl(bench.app, ["restore", ...flags])).err, /name a file, or --recording with --at/);
    }
  } finally {
    await Deno.remove(file);
  }
});
