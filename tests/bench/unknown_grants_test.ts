import { deepStrictEqual as equal } from "node:assert/strict";
import { type GrantedFile, warnOfUnknownGrants } from "../../lib/bench/unknown_grants.ts";
import { collectLog } from "../support/log.ts";

const loaded = (name: string): GrantedFile => ({ name, status: "loaded" });

function warnings(grants: string[], files: GrantedFile[]): string[] {
  using log = collectLog();
  warnOfUnknownGrants({ grants: Object.fromEntries(grants.map((name) => [name, { net: true }])) }, files);
  return log.messages;
}

Deno.test("a grant for a task is not called unknown, and a misspelt one is", () => {
  equal(warnings(["Counter", "Upload"], [loaded("Counter"), loaded("Upload")]), []);
  equal(warnings(["Uplaod"], [loaded("Counter"), loaded("Upload")]), [
    'grants: there is no driver or task "Uplaod"; known are Counter, Upload',
  ]);
});

Deno.test("while a file of a driver or a task still loads, no grant is called unknown", () => {
  equal(warnings(["Upload"], [loaded("Counter"), { name: null, status: "failed" }]), []);
});
