import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { benchOf } from "../support/bench.ts";
import { counter, isVersion, save, scan, watched } from "../support/driver_versions.ts";
import { driversUntil } from "../support/drivers_of.ts";
import { Watch } from "../support/watch.ts";

Deno.test("a save is noticed, whichever way the editor saves", async (test) => {
  await using bench = await watched({ "counter.ts": counter(0) });
  const path = `${bench.folder}/counter.ts`;
  const ways: Record<string, (text: string) => Promise<void>> = {
    "writing over it": (text) => Deno.writeTextFile(path, text),
    "writing another file and renaming that": async (text) => {
      await Deno.writeTextFile(`${path}.tmp~`, text);
      await Deno.rename(`${path}.tmp~`, path);
    },
    "moving the old one away first": async (text) => {
      await Deno.rename(path, `${path}~`);
      await Deno.writeTextFile(path, text);
      await Deno.remove(`${path}~`);
    },
    "with the same size and the same time": async (text) => {
      const { mtime, size } = await Deno.stat(path);
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, mtime!, mtime!);
      equal((await Deno.stat(path)).size, size);
    },
  };
  let version = 1;
  for (const [name, write] of Object.entries(ways)) {
    await test.step(name, async () => {
      await write(counter(version));
      await driversUntil(bench.daemon, isVersion(version++));
    });
  }
});

Deno.test("a burst of saves ends in the last version, after few reloads", async () => {
  await using bench = await watched({ "counter.ts": counter(0) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  using watch = new Watch(device);
  for (let version = 1; version <= 20; version++) await save(bench, "counter.ts", counter(version));
  await driversUntil(bench.daemon, isVersion(20));
  await watch.next(({ reason }) => reason === "reloaded");
  await scan(bench);
  if (device.state !== "connected") await watch.state("connected");
  equal(await device.call("version"), "20");
  const reloads = watch.events.filter(({ reason }) => reason === "reloaded").length;
  ok(reloads <= 3, `${reloads} reloads`);
});

Deno.test("a change of a file behind a symbolic link is noticed, though no event reports it", async () => {
  const elsewhere = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await using bench = await watched();
    await Deno.writeTextFile(elsewhere, counter(1));
    await Deno.symlink(elsewhere, `${bench.folder}/counter.ts`);
    await driversUntil(bench.daemon, isVersion(1));
    await Deno.writeTextFile(elsewhere, counter(2));
    await driversUntil(bench.daemon, isVersion(2));
  } finally {
    await Deno.remove(elsewhere);
  }
});

Deno.test("a folder that was loaded without watch is not watched", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  let events = 0;
  const stop = bench.daemon.listen({ drivers: () => events++ });
  await using watching = new LabDaemon();
  await watching.loadDrivers(bench.folder, { watch: true });
  await save(bench, "counter.ts", counter(2));
  await driversUntil(watching, isVersion(2));
  equal(events, 0);
  equal(bench.daemon.drivers()[0].summary, "version 1");
  stop();
});
