import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DataLock, LOCK_FILE } from "../../lib/access/data_lock.ts";
import { LabError } from "../../lib/errors.ts";
import { collectLog } from "../support/log.ts";
import { until } from "../support/until.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  try {
    await use(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function isInFile(folder: string, text: string): Promise<boolean> {
  return (await Deno.readTextFile(`${folder}/${LOCK_FILE}`)).includes(text);
}

Deno.test("a data folder that a daemon has is refused with who has it, and is free when that daemon ends", async () => {
  await withFolder(async (folder) => {
    const first = await DataLock.take(folder, "bench1");
    first.listensOn("http://127.0.0.1:5000");
    await until("the address is in the file", () => isInFile(folder, ":5000"));
    const refused: unknown = await DataLock.take(folder, "bench1", 0).catch((error) => error);
    ok(refused instanceof LabError && refused.code === "InvalidRequest");
    const who = `process ${Deno.pid} on bench1, http://127.0.0.1:5000, since 20`;
    ok(
      refused.message.startsWith(`Cannot use the data folder ${folder}: another daemon has it (${who}`),
      refused.message,
    );
    match(refused.message, /stop that one, or name another folder by --data, by LABDAEMON_DATA or as data in the/);
    first[Symbol.dispose]();
    // It waits: a process that another test starts keeps a copy of the closed file, and so the lock, for some milliseconds.
    (await DataLock.take(folder, "bench1"))[Symbol.dispose]();
  });
});

Deno.test("a daemon that is started while the one before it ends waits for that", async () => {
  await withFolder(async (folder) => {
    using log = collectLog();
    const first = await DataLock.take(folder, null);
    first.isStopping();
    await until("it is in the file", () => isInFile(folder, "is_stopping"));
    const taken = DataLock.take(folder, null, 0);
    await until("it waits", () => log.messages.some((text) => text.includes("waiting for that to end")));
    first[Symbol.dispose]();
    const next = await taken;
    next.listensOn("http://127.0.0.1:5001");
    await until("it is in the file", () => isInFile(folder, ":5001"));
    equal(await isInFile(folder, "is_stopping"), false);
    next[Symbol.dispose]();
  });
});

Deno.test("a data folder that cannot be locked is used without a lock, which the log says once", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(folder, "no folder");
    using log = collectLog();
    const lock = await DataLock.take(folder, null);
    lock.listensOn("http://127.0.0.1:5000");
    lock[Symbol.dispose]();
    equal(log.messages.length, 1);
    ok(log.messages[0].startsWith(`The data folder ${folder} has no lock`), log.messages[0]);
  });
});
