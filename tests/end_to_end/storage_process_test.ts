import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";
import { hasProc, processesWith } from "../support/processes.ts";

/** Total size of the files in a folder, without those behind links. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
    if (isDirectory) bytes += bytesIn(`${folder}/${name}`);
    else if (!isSymlink) bytes += Deno.statSync(`${folder}/${name}`).size;
  }
  return bytes;
}

/** The `DENO_DIR` of the processes of a bench. */
function cacheFolder(bench: string): string {
  const environment = processesWith(bench).map((pid) => Deno.readTextFileSync(`/proc/${pid}/environ`)).join("\0");
  return /DENO_DIR=([^\0]*labdaemon-cache-[^\0]*)/.exec(environment)![1];
}

Deno.test("a driver without permissions stores nothing on the disk, and neither does a worker of it", async (test) => {
  let folder = "";
  {
    // Workers that end need memory for a while beside those that begin.
    const memory = 2 ** 30;
    const devices = `devices: [{ id: h1, driver: Hoarder, memory: ${memory} }, { id: h2, driver: Hoarder }]`;
    await using bench = await serveBench(devices, { drivers: ["hoarder.ts"] });
    const call = async (id: string, method: string, args: unknown[]) => {
      await bench.ask(`POST /devices/${id}/connect`);
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ method, args });
      const response = await fetch(`${bench.url}/devices/${id}/call`, { method: "POST", body, headers });
      await response.body?.cancel();
      return response.status;
    };
    for (const method of ["store", "store_in_worker"]) {
      for (const way of ["localStorage", "caches", "sqlite"]) {
        await test.step(`${method}: ${way}`, async () => equal(await call("h1", method, [way]), 502));
      }
    }
    await test.step("modules imported from data: addresses are not kept", async () => {
      equal(await call("h2", "import", [20]), 200);
    });
    equal((await bench.ask("GET /devices/h1")).restarts, 0);
    if (hasProc) {
      folder = cacheFolder(bench.folder);
      equal(bytesIn(folder) < 100_000, true, `${bytesIn(folder)} bytes in ${folder}`);
    }
  }
  if (folder) ok(!await Deno.stat(folder).then(() => true, () => false), "the folder is removed at shutdown");
});
