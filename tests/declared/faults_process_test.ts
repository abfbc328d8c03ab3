import { equal, ok } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { playFaults } from "../support/faults.ts";

const TIMEOUT_MS = 100;

/** Each question has an answer of its own: one that is taken for another's is a wrong sample. */
const ANSWERS: Record<string, string> = { "*IDN?": "ACME,Meter", "A?": "+1.25E+00", "B?": "-7", "C?": "c=42;" };

const DRIVERS: Record<string, string> = {
  scpi: `identify: { expect: "^ACME,Meter$" }
values: { a: { ask: "A?" }, b: { ask: "B?" }, c: { ask: "C?", match: "^c=(\\\\d+);$" } }`,
  lines: `ask: "C?"
values: { c: { match: "^c=(\\\\d+);$" } }`,
};

const RIGHT: Record<string, string> = { scpi: '{"a":1.25,"b":-7,"c":42}', lines: '{"c":42}' };

for (const [transport, text] of Object.entries(DRIVERS)) {
  Deno.test(`30 random faults of an instrument with a YAML driver, ${transport}: it heals, and no answer is another question's`, async () => {
    const report = await playFaults({
      driver: await declaredDriver(`driver: Meter\ntransport: ${transport}\n${text}`, "meter.yaml"),
      params: ({ host, port }) => ({ host, port, timeout: TIMEOUT_MS / 1000 }),
      options: { sample_rate: 200 },
      answers: (question) => ANSWERS[question],
      isRight: (payload) => JSON.stringify(payload) === RIGHT[transport],
      timeoutMs: TIMEOUT_MS,
    }, { seed: 7, count: 30 });
    equal(report.played.length, 30);
    ok(report.broken.length > 10);
  });
}
