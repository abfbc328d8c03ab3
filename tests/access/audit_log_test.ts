import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { verifyChain } from "../../lib/access/audit_chain.ts";
import { AuditLog } from "../../lib/access/audit_log.ts";
import type { AuditQuery, NewAuditEntry } from "../../lib/wire/audit.ts";
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

const actionsOf = async (log: AuditLog, query: AuditQuery = {}) =>
  (await log.find(query)).entries.map(({ action }) => action);

const linesOf = async (folder: string) => (await Deno.readTextFile(`${folder}/audit.jsonl`)).split("\n").slice(0, -1);

Deno.test("entries that come at the same time are chained in their order, across restarts", async () => {
  using folder = folderOf({});
  for (const part of [actions.slice(0, 12), actions.slice(12)]) {
    const log = new AuditLog(folder.path);
    await Promise.all(part.map((action) => log.append(entry(action))));
    await log.close();
  }
  const log = new AuditLog(folder.path);
  equal(await actionsOf(log), actions);
  equal(await actionsOf(log, { limit: 3 }), actions.slice(-3));
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
  equal(await actionsOf(next), ["POST /1", "POST /2"]);
  equal((await verifyChain(await linesOf(folder.path))).brokenAt, undefined);
});

Deno.test("a record that cannot be written refuses entries until it can be", async () => {
  using folder = folderOf({});
  await Deno.mkdir(`${folder.path}/audit.jsonl`);
  const log = new AuditLog(folder.path);
  await rejects(log.append(entry("POST /1")), { code: "Unavailable", message: /^Cannot write .*; nothing was done$/ });
  await Deno.remove(`${folder.path}/audit.jsonl`);
  await log.append(entry("POST /2"));
  equal(await actionsOf(log), ["POST /2"]);
});

Deno.test("pages go on where the last one ended, to the first entry, also while entries are added", async () => {
  using folder = folderOf({});
  const log = new AuditLog(folder.path);
  await Promise.all(actions.map((action) => log.append(entry(action))));
  const found: string[] = [];
  let before: string | undefined;
  for (let page = 0; page < 7; page++) {
    const { entries, next } = await log.find({ limit: 3, before });
    found.unshift(...entries.map(({ action }) => action));
    await log.append(entry("POST /new"));
    before = next ?? undefined;
    equal(next === null, page === 6);
  }
  equal(found, actions);
});

Deno.test("a query finds by name, device, action and time, whatever lies between in a long record", async (test) => {
  using folder = folderOf({});
  const log = new AuditLog(folder.path);
  const at = (minute: number) => `2026-11-26T05:${String(minute).padStart(2, "0")}:00.000000Z`;
  const first = { ...entry("POST /devices/{device_id}/call"), at: at(0), who: "bob", device_id: "psu1" };
  await log.append({ ...first, path: "/devices/psu1/call" });
  // More than is read at once.
  const filler = { ...entry("POST /safe"), at: at(1), input: "x".repeat(2_000) };
  await Promise.all(Array.from({ length: 300 }, () => log.append(filler)));
  await log.append({ ...entry("POST /restore"), at: at(2), who: "bob" });
  const cases: [query: AuditQuery, found: number][] = [
    [{ who: "bob" }, 2],
    [{ who: "bo" }, 0],
    [{ device: "psu1" }, 1],
    [{ action: "CALL" }, 1],
    [{ action: "psu1/" }, 1],
    [{ who: "bob", action: "restore" }, 1],
    [{ since: at(2) }, 1],
    [{ until: "2026-11-26T06:00:00+01:00" }, 1],
    [{ since: at(1), until: at(1), limit: 1_000 }, 300],
    [{ since: at(3) }, 0],
  ];
  for (const [query, count] of cases) {
    await test.step(`${JSON.stringify(query)}: ${count}`, async () => {
      const { entries, next } = await log.find(query);
      equal([entries.length, next], [count, null]);
    });
  }
});

Deno.test("a very long record is searched in parts: an answer may be empty, and go on", async () => {
  using folder = folderOf({});
  const log = new AuditLog(folder.path);
  await log.append({ ...entry("POST /first"), who: "bob" });
  await log.close();
  const [line] = await linesOf(folder.path);
  const path = `${folder.path}/audit.jsonl`;
  const mib = `${line.replace("bob", "eve")}\n`.repeat(Math.ceil(2 ** 20 / line.length));
  for (let i = 0; i < 17; i++) await Deno.writeTextFile(path, mib, { append: true });
  const one = await log.find({ who: "bob" });
  equal([one.entries.length, one.next === null], [0, false]);
  const other = await log.find({ who: "bob", before: one.next! });
  equal([other.entries.length, other.next], [1, null]);
});
