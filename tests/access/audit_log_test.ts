import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { verifyChain } from "../../lib/access/audit_chain.ts";
import { AuditLog } from "../../lib/access/audit_log.ts";
import type { NewAuditEntry } from "../../lib/wire/audit.ts";
import { folderOf } from "../support/folder_of.ts";

const entry = (action: string): NewAuditEntry => ({
  at: "2026-11-26T05:00:00.000000Z",
  who: "alice",
  scope: "control",
  action,
  path: "/safe",
  input: { text: 'quotes " and \n \u2028 lines' },
  outcome: "asked",
  request_id: "r1",
});

const actions = Array.from({ length: 20 }, (_, i) => `POST /${i}`);

const linesOf = async (folder: string) => (await Deno.readTextFile(`${folder}/audit.jsonl`)).split("\n").slice(0, -1);

Deno.test("entries that come at the same time are chained in their order, across restarts", async () => {
  using folder = folderOf({});
  for (const part of [actions.slice(0, 12), actions.slice(12)]) {
    const log = new AuditLog(folder.path);
    await Promise.all(part.map((action) => log.append(entry(action))));
    await log.close();
  }
  const log = new AuditLog(folder.path);
  equal((await log.newest(100)).map(({ action }) => action), actions);
  equal((await log.newest(3)).map(({ action }) => action), actions.slice(-3));
  const { entries, brokenAt } = await verifyChain(await linesOf(folder.path));
  equal([entries, brokenAt], [20, undefined]);
  const { mode } = await Deno.stat(`${folder.path}/audit.jsonl`);
  equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("each changed byte, and each entry that is removed, moved or added, is found", async () => {
  using folder = folderOf({});
  const log = new AuditLog(folder.path);
  for (const action of actions.slice(0, 4)) await log.append(entry(action));
  const lines = await linesOf(folder.path);
  const brokenAt = async (changed: string[]) => (await verifyChain(changed)).brokenAt;
  for (let at = 0; at < lines[1].length; at++) {
    const other = lines[1][at] === "x" ? "y" : "x";
    equal(await brokenAt([lines[0], lines[1].slice(0, at) + other + lines[1].slice(at + 1), ...lines.slice(2)]), 2);
  }
  equal(await brokenAt(lines.toSpliced(1, 1)), 2);
  equal(await brokenAt([lines[1], lines[0], ...lines.slice(2)]), 1);
  equal(await brokenAt(lines.toSpliced(2, 0, lines[1])), 3);
  // What is missing at the end has no successor: only the last hash, kept elsewhere, shows it.
  equal(await brokenAt(lines.slice(0, 3)), undefined);
});

Deno.test("an entry that was not written to its end, as by a power cut, is removed, and the chain goes on", async () => {
  using folder = folderOf({});
  const log = new AuditLog(folder.path);
  await log.append(entry("POST /1"));
  await Deno.writeTextFile(`${folder.path}/audit.jsonl`, '{"at":"2026-11', { append: true });
  const next = new AuditLog(folder.path);
  await next.append(entry("POST /2"));
  equal((await next.newest(10)).map(({ action }) => action), ["POST /1", "POST /2"]);
  equal((await verifyChain(await linesOf(folder.path))).brokenAt, undefined);
});

Deno.test("a record that cannot be written refuses entries until it can be", async () => {
  using folder = folderOf({});
  await Deno.mkdir(`${folder.path}/audit.jsonl`);
  const log = new AuditLog(folder.path);
  await rejects(log.append(entry("POST /1")), { code: "Unavailable", message: /^Cannot write .*; nothing was done$/ });
  await Deno.remove(`${folder.path}/audit.jsonl`);
  await log.append(entry("POST /2"));
  equal((await log.newest(10)).map(({ action }) => action), ["POST /2"]);
});
