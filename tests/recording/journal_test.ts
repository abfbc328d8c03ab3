/** The notes of recorders between the entries of a log. */
import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { journalOf } from "../../lib/recording/feed/journal.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A log with a ring for few entries, and its journal. */
function journaled(maxBytes: number) {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1", ring: { maxBytes, maxAgeMs: 600_000 } });
  return { log, journal: journalOf(log) };
}

/** What a journal still has from a number on, in order. */
function textsFrom(journal: ReturnType<typeof journalOf>, from: number): { entry: number; text: string }[] {
  const texts: { entry: number; text: string }[] = [];
  for (let at = from; at < journal.end.entry;) {
    const { entry, found } = journal.from(at);
    if (found) texts.push({ entry, text: decoder.decode(found.bytes) });
    at = found ? entry + 1 : entry;
  }
  return texts;
}

Deno.test("a journal has entries and notes in the order in which they came, each under its number for ever", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("entry", "note"), { maxLength: 60 }),
      fc.integer({ min: 101, max: 2_000 }),
      (kinds, maxBytes) => {
        const { log, journal } = journaled(maxBytes);
        const all = kinds.map((kind, i) => {
          const text = `${kind} ${i}`;
          equal(journal.end.entry, i);
          if (kind === "note") journal.add(encoder.encode(text));
          else log.notify(encoder.encode(text));
          return { entry: i, text };
        });
        // The ring drops its oldest entries, and no note.
        const dropped = log.ring.firstEntry;
        const entries = all.filter(({ text }) => text.startsWith("entry"));
        const kept = all.filter((it) => !entries.slice(0, dropped).includes(it));
        equal(textsFrom(journal, 0), kept);
        for (const { entry } of all) equal(textsFrom(journal, entry), kept.filter((it) => it.entry >= entry));
      },
    ),
    { numRuns: 200, seed: 14 },
  );
});

Deno.test("of more notes than are kept the oldest go, and what is behind them has its number", () => {
  const { log, journal } = journaled(1e6);
  log.notify(encoder.encode("first"));
  for (let i = 0; i < 10_003; i++) journal.add(encoder.encode(`note ${i}`));
  log.notify(encoder.encode("last"));
  const texts = textsFrom(journal, 0);
  equal([texts.length, texts[0].text, texts.at(-1)], [10_001, "note 3", { entry: 10_004, text: "last" }]);
  equal(journal.oldest.entry, texts[0].entry);
  journal.clear();
  equal(textsFrom(journal, 0), [{ entry: 10_004, text: "last" }]);
});
