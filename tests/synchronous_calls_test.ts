import { deepStrictEqual as equal } from "node:assert/strict";
import { relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");

/** The only files with synchronous system calls, and why they do not block the loop that serves streams. */
const ALLOWED = new Map([
  ["lib/bench/secret_references.ts", "reads regular files of a limited size before the daemon listens"],
  ["lib/host/linked/main.ts", "is a program of its own"],
  ["lib/host/runtime/driver_file/driver_lines.ts", "runs in the driver's process"],
  [
    "lib/host/runtime/device_end.ts",
    "prints in the driver's process, or in that of a script that runs the driver itself",
  ],
  ["lib/host/runtime/packet_pipe.ts", "runs in the driver's process, before its driver is imported"],
  ["lib/host/runtime/permission_denied.ts", "reads a state of its own process"],
  ["lib/host/runtime/process_main.ts", "runs in the driver's process"],
  ["lib/hub/encoded_frames.ts", "compresses a message in a millisecond, and waits for nothing"],
  [
    "lib/stream/columns/compress.ts",
    "compresses a message in a millisecond, or runs in the process that reads recordings",
  ],
  ["lib/recording/backlog/main.ts", "writes in the process that reads recordings for the hub"],
  ["lib/recording/feed/ring_paths.ts", "reads a state of its own process"],
  ["lib/recording/feed/ring_writer.ts", "a file that the recorder has found to be in memory"],
  ["lib/recording/protocol/ring_file.ts", "the same"],
  ["lib/recording/history/main.ts", "writes in the process that reads the past"],
  ["lib/recording/history/summary.ts", "runs in the recorder, and in the process that reads the past"],
  ["lib/testing/conformance/open_resources.ts", "runs in check-driver"],
  ["web/files.ts", "reads before the daemon listens"],
]);

/** `Deno.readDirSync(`, `fs.openSync(`, and a `console` method, which writes synchronously. */
const SYNCHRONOUS = /^(?!\s*(?:\*|\/\/)).*?\b(\w+Sync\(|console\.(?:log|info|debug|warn|error)\()/gm;

/** Command-line programs besides the daemon may print by `console`, and so may YAML drivers, in their own processes. */
const PRINTS = /^lib\/(cli|testing|client|declared)\//;

/** Deno follows the links of a path on the event loop when it opens a file: a share that hangs would stop all streams. */
const OPENS =
  /^(?!\s*(?:\*|\/\/)).*?\bDeno\.((?:open|create|readTextFile|readFile|writeTextFile|writeFile|makeTempFile)\()/gm;

/** The only files of the daemon that open files, and why that does not block. */
const MAY_OPEN = new Map([
  ["lib/access/private_file.ts", "looks at the file first, in a thread"],
  ["lib/registry/files/file_access.ts", "looks at the file first, in a thread"],
  ["lib/bench/load_bench.ts", "reads before the daemon listens"],
  ["lib/cli/serve/recordings.ts", "reads before the daemon listens"],
  ["lib/host/runtime/driver_file/load_driver.ts", "runs in the driver's process"],
  ["lib/host/linked/linked_runtime.ts", "reads the program's own files, without which no process starts either"],
  ["lib/host/linked/make_version.ts", "reads the program's own files, without which no process starts either"],
  ["lib/host/linked/zod_files.ts", "reads the program's own package, without which no process starts either"],
  ["lib/http/help/documents.ts", "reads the program's own files, in a thread; a share that hangs stops the help only"],
  ["lib/recording/export/hdf5.ts", "runs in the process of an export"],
]);

/** Programs besides the daemon. */
const OTHER_PROGRAMS = /^lib\/(cli\/(?!serve\/)|testing\/)/;

/**
 * The recorder, and each export, is a process of its own, and drivers read recordings in theirs; the daemon imports no value of
 * theirs but the numbers of frames.
 */
const RECORDING_PROCESSES = /^lib\/recording\/(recorder|export|store|replay)\//;

Deno.test("a file is opened only where a share that hangs cannot stop the event loop", async () => {
  const found: string[] = [];
  for (const file of [`${ROOT}/main.ts`, `${ROOT}/web/files.ts`, ...await filesIn(`${ROOT}/lib`)]) {
    const path = relative(ROOT, file);
    if (MAY_OPEN.has(path) || OTHER_PROGRAMS.test(path)) continue;
    for (const [, call] of (await Deno.readTextFile(file)).matchAll(OPENS)) found.push(`${path}: ${call}`);
  }
  equal(found, []);
});

Deno.test("nothing synchronous that can wait for a disk, a pipe or a share runs in the daemon", async () => {
  const found: string[] = [];
  for (const file of [`${ROOT}/main.ts`, `${ROOT}/web/files.ts`, ...await filesIn(`${ROOT}/lib`)]) {
    const path = relative(ROOT, file);
    if (ALLOWED.has(path) || RECORDING_PROCESSES.test(path)) continue;
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
