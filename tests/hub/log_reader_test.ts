import { deepStrictEqual as equal } from "node:assert/strict";
import { LogReader } from "../../lib/hub/log_reader.ts";
import { dataSubject, keyOf, token } from "../../lib/hub/names.ts";
import { decodeFrames, makeBlock, sampleFramer, StreamLog } from "../../lib/stream/mod.ts";

/** A log with samples; each append is an entry. */
function logOf(sequence = 0, maxBytes = 1e6) {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e", sequence, ring: { maxBytes, maxAgeMs: 1e9 } });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e", arrays: "json" });
  const append = (count: number) => {
    const first = log.sequence;
    log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, 0))));
  };
  return { log, append };
}

const eventsIn = (bytes: Uint8Array) =>
  decodeFrames(bytes).map((it) => it.event === "gap" ? `gap ${it.from}-${it.to} ${it.reason}` : it.event);

Deno.test("a reader stays at its place until it is moved, and takes as much as a message may have", () => {
  const { log, append } = logOf();
  const reader = new LogReader(log);
  equal([reader.hasMore, reader.read(1e6)], [false, undefined]);
  append(2);
  append(3);
  const batch = reader.read(1e6)!;
  equal([batch.first, batch.next, batch.count, batch.entry], [0, 5, 5, 2]);
  equal(reader.read(1e6)?.first, 0);
  const small = reader.read(1)!;
  equal([small.next, small.count, small.entry], [2, 2, 1]);
  reader.moveTo({ entry: small.entry, sequence: small.next });
  equal(reader.read(1e6)?.first, 2);
});

Deno.test("what the ring has dropped, and what the log of a device that was added again never had, is a gap", () => {
  const { log, append } = logOf(0, 600);
  const reader = new LogReader(log);
  for (let i = 0; i < 10; i++) append(2);
  const late = reader.read(1e6)!;
  equal(late.first, 0);
  equal(eventsIn(late.bytes)[0], `gap 0-${log.oldest - 1} slow-reader`);
  equal(late.next, 20);

  const again = logOf(30);
  again.append(1);
  const next = new LogReader(again.log);
  next.moveTo({ entry: 0, sequence: 25 });
  equal(eventsIn(next.read(1e6)!.bytes), ["gap 25-29 slow-reader", "device_data"]);
  next.moveTo({ entry: 0, sequence: 30 });
  equal(eventsIn(next.read(1e6)!.bytes), ["device_data"]);
});

Deno.test("behind an earlier run comes a gap to the oldest sample of this one", () => {
  const { log, append } = logOf();
  append(1);
  const reader = new LogReader(log);
  reader.moveToOldest(42);
  equal(eventsIn(reader.read(1e6)!.bytes), ["gap 42-null restart", "device_data"]);
});

Deno.test("a name is one token of a subject", () => {
  equal([token("daq1"), token("daq.1"), token("µ a*>")], ["daq1", "daq=2e1", "=c2=b5=20a=2a=3e"]);
  equal(dataSubject("lab3", "a.b"), "lab.lab3.a=2eb.data");
  equal(keyOf("lab3", "devices", "a.b"), "lab3.devices.a=2eb");
});
