import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { counter, isVersion, save, scan, summaries, watched } from "../support/driver_versions.ts";
import { driversUntil } from "../support/drivers_of.ts";
import { serveBench } from "../support/served_bench.ts";

const shell = async (script: string, ...args: string[]) =>
  void await new Deno.Command("sh", { args: ["-c", script, "sh", ...args] }).output();

Deno.test("a named pipe, a device and a large file in the folder are refused, and the others go on", async () => {
  await using bench = await watched({ "counter.ts": counter(1) });
  await shell('mkfifo "$1/pipe.ts"; ln -s /dev/zero "$1/zero.ts"; ln -s "$1" "$1/folder.ts"', bench.folder);
  await shell('head -c 3000000 /dev/zero >"$1/large.ts"', bench.folder);
  await save(bench, "counter.ts", counter(2));

  await driversUntil(
    bench.daemon,
    (drivers) => isVersion(2)(drivers) && drivers.filter(({ status }) => status === "failed").length === 4,
  );
  equal(
    summaries(bench).map(([file, , , message]) => [file, message]),
    [
      ["counter.ts", undefined],
      ["folder.ts", "Cannot load FOLDER: it is a folder; only regular files are read"],
      ["large.ts", "Cannot load large.ts: it is larger than 1 MiB"],
      ["pipe.ts", "Cannot load pipe.ts: it is a named pipe; only regular files are read"],
      ["zero.ts", "Cannot load zero: it is a device of the system; only regular files are read"],
    ].map(([file, message]) => [file, message?.replace("FOLDER", bench.folder.slice(5))]),
  );
});

Deno.test("a running driver whose file is replaced by a pipe keeps running, and comes back with its file", async () => {
  await using bench = await benchOf({ "counter.ts": counter(1) });
  const device = await bench.daemon.addDevice("c1", "Counter");
  await device.connect();
  await shell('mv "$1/counter.ts" "$1/counter.ts.away"; mkfifo "$1/counter.ts"', bench.folder);
  await scan(bench);
  match(summaries(bench)[0][3]!, /named pipe/);
  equal(await device.call("version"), "1");
  await device.disconnect();
  await rejects(
    device.connect(),
    /^LabError: Cannot load counter\.ts: it is a named pipe; only regular files are read$/,
  );

  await shell('mv "$1/counter.ts.away" "$1/counter.ts"', bench.folder);
  await scan(bench);
  equal(summaries(bench), [["counter.ts", "Counter", "version 1", undefined]]);
});

Deno.test("a driver that imports a pipe, or a file without an end, fails alone", async () => {
  await using bench = await benchOf();
  await shell('ln -s /dev/zero "$1/_zero.ts"', bench.folder);
  await save(bench, "endless.ts", counter(1, { name: "Endless", head: 'import "./_zero.ts";' }));
  await save(bench, "counter.ts", counter(1));
  await scan(bench);
  const [good, endless] = summaries(bench);
  equal(good, ["counter.ts", "Counter", "version 1", undefined]);
  match(endless[3]!, /^Cannot load (endless\.ts|_zero\.ts|zero): /);
});

Deno.test("a loop of links and a file that Deno does not open are files that cannot be loaded, and no defects", async () => {
  await using bench = await benchOf();
  await shell('ln -s a.ts "$1/b.ts"; ln -s b.ts "$1/a.ts"; ln -s /proc/self/environ "$1/system.ts"', bench.folder);
  await scan(bench);
  for (const { error } of bench.daemon.drivers()) {
    equal(error?.type, "DriverLoadError");
    match(error!.message, /^Cannot load (a|b|environ|system)(\.ts)?: /);
  }
});

Deno.test("a file that imports a pipe does not delay the change of another file", async () => {
  await using bench = await watched({ "counter.ts": counter(1) });
  await shell('mkfifo "$1/_pipe.ts"', bench.folder);
  await save(bench, "hangs.ts", counter(1, { name: "Hangs", head: 'import "./_pipe.ts";' }));
  await save(bench, "counter.ts", counter(2));
  // Not after the 20 s in which the imports of the other file are listed.
  await driversUntil(bench.daemon, (drivers) => {
    const hanging = drivers.find(({ file }) => file === "hangs.ts");
    return isVersion(2)(drivers) && /still loads/.test(hanging?.error?.message ?? "");
  });
});

Deno.test("SIGTERM ends the daemon while the driver folder has a named pipe without a writer", async () => {
  const bench = await serveBench("devices: []", { drivers: ["streaming_daq.ts"] });
  try {
    // A pipe that is swapped in between the look and the read would hang as this import does.
    await shell('mkfifo "$1/_pipe.ts"; mkfifo "$1/pipe.ts"', `${bench.folder}/drivers`);
    await Deno.writeTextFile(`${bench.folder}/drivers/reads.ts`, counter(1, { head: 'import "./_pipe.ts";' }));
    bench.kill("SIGTERM");
    equal((await bench.status).code, 0);
  } finally {
    await bench[Symbol.asyncDispose]();
  }
});

Deno.test("a driver that is a link finds its imports beside the real file, and its changes are noticed", async () => {
  await using real = await benchOf();
  await save(real, "_unit.ts", "export const unit = 'V1';");
  const importing = (version: number) =>
    counter(version, { head: 'import { unit } from "./_unit.ts"; if (!unit) throw new Error("no unit");' });
  await save(real, "real.ts", importing(1));
  await using bench = await watched();
  await Deno.symlink(`${real.folder}/real.ts`, `${bench.folder}/counter.ts`);
  await driversUntil(bench.daemon, isVersion(1));

  await save(real, "real.ts", importing(2));
  await driversUntil(bench.daemon, isVersion(2));

  await save(real, "other.ts", counter(3));
  await Deno.remove(`${bench.folder}/counter.ts`);
  await Deno.symlink(`${real.folder}/other.ts`, `${bench.folder}/counter.ts`);
  await driversUntil(bench.daemon, isVersion(3));
});

Deno.test("a plain object is checked as a declaration is", async () => {
  const plain = (name: string) => `
    import { z } from "zod";
    const none = z.object({});
    export default { name: ${JSON.stringify(name)}, create: () => ({}), params: none, options: none, methods: {} };`;
  await using bench = await benchOf({ "bad.ts": plain("a/b c"), "good.ts": plain("Plain") });
  equal(summaries(bench).map(([file, , status]) => [file, status]), [["bad.ts", "failed"], ["good.ts", ""]]);
  match(summaries(bench)[0][3]!, /its name must start with a letter/);
  const device = await bench.daemon.addDevice("p1", "Plain");
  await device.connect();
});
