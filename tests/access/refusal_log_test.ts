import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { AuditLog } from "../../lib/access/audit_log.ts";
import { RefusalLog } from "../../lib/access/refusal_log.ts";
import type { NewAuditEntry } from "../../lib/wire/audit.ts";
import { folderOf } from "../support/folder_of.ts";
import { setPerformance } from "../support/time.ts";

const refusal = (who: string, path: string): NewAuditEntry => ({
  at: "2026-11-26T05:00:00.000000Z",
  who,
  ...who !== "unknown" && { scope: "read" as const },
  action: "GET /devices",
  path,
  input: undefined,
  outcome: "refused",
  status: 401,
  request_id: "r1",
});

function recorded() {
  const folder = folderOf({});
  const audit = new AuditLog(folder.path);
  const clock = setPerformance();
  return {
    clock,
    refusals: new RefusalLog(audit),
    entries: async () => (await audit.find({ limit: 2_000 })).entries,
    [Symbol.asyncDispose]: async () => {
      clock[Symbol.dispose]();
      await audit.close();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("of a flood, the beginning is recorded, then one each half minute with the number of the others", async () => {
  await using it = recorded();
  for (let i = 0; i < 10_000; i++) void it.refusals.note(refusal("unknown", `/${i}`));
  equal((await it.entries()).length, 50);
  it.clock.advance(30_000);
  it.refusals.sweep();
  const last = (await it.entries()).at(-1)!;
  equal([last.path, last.unrecorded], ["/9999", 9_949]);
  it.clock.advance(10_000);
  it.refusals.sweep();
  equal((await it.entries()).length, 51);
});

Deno.test("a flood of day and night takes some megabytes a day", async () => {
  await using it = recorded();
  for (let minute = 0; minute < 24 * 60; minute++) {
    for (let i = 0; i < 10; i++) void it.refusals.note(refusal("unknown", `/${i}`));
    it.clock.advance(60_000);
  }
  const entries = await it.entries();
  ok(entries.length <= 50 + 24 * 60 * 2, String(entries.length));
});

Deno.test("the flood of one hides the refusals of no other", async () => {
  await using it = recorded();
  for (let i = 0; i < 1_000; i++) void it.refusals.note(refusal("unknown", `/${i}`));
  for (let i = 0; i < 1_000; i++) void it.refusals.note(refusal("bob", `/${i}`));
  void it.refusals.note(refusal("alice", "/secret"));
  equal((await it.entries()).filter(({ who }) => who === "alice").map(({ path }) => path), ["/secret"]);
});

Deno.test("the refusals of more than a thousand principals are counted: none of them is dropped", async () => {
  await using it = recorded();
  for (let i = 0; i < 60; i++) void it.refusals.note(refusal("bob", `/${i}`));
  for (let i = 0; i < 1_000; i++) await it.refusals.note(refusal(`user${i}`, "/"));
  const counted = (await it.entries()).filter(({ who }) => who === "bob").at(-1)!;
  equal([counted.path, counted.unrecorded], ["/59", 9]);
});

Deno.test("what has no room is recorded at the end, with its number", async () => {
  await using it = recorded();
  for (let i = 0; i < 60; i++) void it.refusals.note(refusal("bob", `/${i}`));
  it.refusals.close();
  const entries = await it.entries();
  equal([entries.length, entries.at(-1)!.path, entries.at(-1)!.unrecorded], [51, "/59", 9]);
});
