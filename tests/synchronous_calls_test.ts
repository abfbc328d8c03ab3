import { deepStrictEqual as equal } from "node:assert/strict";
import { relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");

/** The only files with synchronous system calls, and why they do not block the loop that serves streams. */
const ALLOWED = new Map([
  ["lib/bench/secret_references.ts", "reads regular files of a limited size before the daemon listens"],
  ["lib/host/runtime/driver_file/driver_lines.ts", "runs in the driver's process"],
  ["lib/host/runtime/permission_denied.ts", "reads a state of its own process"],
  ["lib/host/runtime/process_main.ts", "runs in the driver's process"],
  ["lib/registry/list_driver_files.ts", "to become asynchronous"],
  ["lib/testing/conformance/open_resources.ts", "runs in check-driver"],
  ["web/files.ts", "reads before the daemon listens"],
]);

/** `Deno.readDirSync(`, `fs.openSync(`, and a `console` method, which writes synchronously. */
const SYNCHRONOUS = /^(?!\s*(?:\*|\/\/)).*?\b(\w+Sync\(|console\.(?:log|info|debug|warn|error)\()/gm;

/** Command-line programs besides the daemon may print by `console`, and so may YAML drivers, in their own processes. */
const PRINTS = /^lib\/(cli|testing|client|declared)\//;

Deno.test("nothing synchronous that can wait for a disk, a pipe or a share runs in the daemon", async () => {
  const found: string[] = [];
  for (const file of [`${ROOT}/main.ts`, `${ROOT}/web/files.ts`, ...await filesIn(`${ROOT}/lib`)]) {
    const path = relative(ROOT, file);
    if (ALLOWED.has(path)) continue;
    for (const [, call] of (await Deno.readTextFile(file)).matchAll(SYNCHRONOUS)) {
      if (!call.startsWith("console") || !PRINTS.test(path)) found.push(`${path}: ${call}`);
    }
  }
  equal(found, []);
});

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await filesIn(`${folder}/${name}`));
    else if (name.endsWith(".ts")) files.push(`${folder}/${name}`);
  }
  return files;
}
