import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { serveBench, serveCommand } from "../support/served_bench.ts";
import { until, within } from "../support/until.ts";

/** The files of a folder, with their sizes and times. */
async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { size, mtime } = await Deno.stat(path);
    found.push(`${path} ${isDirectory ? "" : `${size} ${mtime?.getTime()}`}`);
    if (isDirectory) found.push(...await filesIn(path));
  }
  return found.sort();
}

Deno.test("a second daemon with the data folder of one that runs is refused, and one after kill -9 is not", async () => {
  await using first = await serveBench("");
  const data = `${first.folder}/data`;
  await until(
    "its address is in the folder",
    async () => (await Deno.readTextFile(`${data}/daemon.lock`)).includes(first.url),
  );
  const before = await filesIn(first.folder);
  const args = ["--port", "0"];
  const second = await serveCommand(first.folder, { args }).output();
  const [stdout, stderr] = [second.stdout, second.stderr].map((bytes) => new TextDecoder().decode(bytes));
  equal([second.code, stdout], [1, ""]);
  match(stderr, RegExp(`Cannot use the data folder ${data}: another daemon has it \\(process ${first.pid} on \\S+`));
  ok(stderr.includes(first.url), stderr);
  ok(!stderr.includes("listening on"), stderr);
  equal(await filesIn(first.folder), before);

  // It waits for the first one, which is killed meanwhile.
  const third = serveCommand(first.folder, { args }).spawn();
  let printed = "";
  const reading = ["stdout", "stderr"].map(async (name) => {
    for await (const text of third[name as "stdout"].pipeThrough(new TextDecoderStream())) printed += text;
  });
  try {
    await until(() => `it waits: ${printed}`, () => printed.includes("waiting for that to end"));
    first.kill("SIGKILL");
    await until(() => `it listens: ${printed}`, () => printed.includes("listening on"));
  } finally {
    third.kill("SIGTERM");
    await within(third.status, () => `it does not end: ${printed}`);
    await Promise.all(reading);
  }
  equal((await third.status).code, 0);
});
