import { deepStrictEqual as equal, match } from "node:assert/strict";
import { webBench } from "../../support/web_bench.ts";
import { ctl } from "./ctl_bench.ts";

Deno.test("ctl record starts, notes, lists, stops and deletes a recording; ctl export writes it", async () => {
  await using bench = await webBench();
  const run = (...args: string[]) => ctl(bench.app, args);
  await bench.device.connect();
  equal((await run("record", "list")).out, "There are no recordings\n");
  equal((await run("record", "start", "run 42", "daq1", "--until", "1h", "--note", "cold")).out, "run-42\n");
  bench.instrument.push(1.5, 2.5);
  await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === 1);
  equal((await run("record", "note", "run-42", "valve open")).code, 0);
  match((await run("record", "list")).out, /run-42 +recording/);
  match((await run("record", "stop", "run-42")).out, /run-42: stopped\ndaq1: 2 samples, 0 lost\n/);

  const csv = (await run("export", "run-42", "--output", "-")).out.split("\n");
  equal(csv[0], "device_id,epoch,sequence,timestamp,event,lost,detail,value");
  equal(csv.slice(-3).map((row) => row.split(",").at(-1)), ["1.5", "2.5", ""]);
  const path = await Deno.makeTempFile();
  equal((await run("export", "run-42", "--format", "jsonl", "--output", path)).err, `${path}\n`);
  match(await Deno.readTextFile(path), /^\{"event":"recording",.*"valve open"/);
  equal((await run("export", "run-42", "--format", "arrow", "--output", path)).code, 0);
  equal((await Deno.readTextFile(path)).slice(0, 6), "ARROW1");
  match((await run("export", "run-42", "--points", "2", "--format", "csv", "--output", "-")).out, /,1\.5\n.*,2\.5\n/s);
  match((await run("export", "run-42", "--points", "1")).err, /points/);
  await Deno.remove(path);

  equal((await run("record", "delete", "run-42")).code, 0);
  match((await run("record", "stop", "run-42")).err, /Cannot find recording "run-42"/);
});

Deno.test("ctl export leaves no file behind if it cannot write one", async () => {
  await using bench = await webBench();
  await ctl(bench.app, ["record", "start", "run"]);
  const { code, err } = await ctl(bench.app, ["export", "run", "--output", "/nowhere/run.csv"]);
  equal(code, 1);
  match(err, /Cannot write \/nowhere\/run\.csv/);
});
