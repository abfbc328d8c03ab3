import { deepStrictEqual as equal } from "node:assert/strict";
import { LogReader } from "../../lib/hub/log_reader.ts";
import { dataSubject, keyOf, subjectToken } from "../../lib/hub/names.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import { filledLog } from "../support/filled_log.ts";

const eventsIn = (bytes: Uint8Array) =>
  decodeFrames(bytes).map((it) => it.event === "gap" ? `gap ${it.from}-${it.to} ${it.reason}` : it.event);

Deno.test("a reader stays at its place until a batch is accepted, and takes as much as a message may have", () => {
  const { log, append } = filledLog();
  const reader = new LogReader(log);
  equal([reader.hasMore, reader.read(1e6)], [false, undefined]);
  append(2);
  append(3);
  const batch = reader.read(1e6)!;
  equal([batch.first, batch.place.sequence, batch.count], [0, 5, 5]);
  equal(reader.read(1e6)?.first, 0);
  const small = reader.read(300)!;
  equal([small.place.sequence, small.count], [2, 2]);
  reader.accept(small);
  equal(reader.read(1e6)?.first, 2);
});

Deno.test("a block that is larger than a message is several, of one sample at least", () => {
  const { log, append } = filledLog();
  append(5);
  append(1);
  const reader = new LogReader(log);
  const firsts: number[] = [];
  for (let batch = reader.read(1); batch; batch = reader.read(1)) {
    const [{ event, ...sample }, ...rest] = decodeFrames(batch.bytes);
    equal([event, rest, batch.count], ["device_data", [], 1]);
    firsts.push((sample as { sequence: number }).sequence);
    reader.accept(batch);
  }
  equal(firsts, [0, 1, 2, 3, 4, 5]);
});

Deno.test("what the ring has dropped, and what the log of a device that was added again never had, is a gap", () => {
  const { log, append } = filledLog(0, 600);
  const reader = new LogReader(log);
  for (let i = 0; i < 10; i++) append(2);
  equal(reader.isOvertaken, true);
  const late = reader.read(1e6)!;
  equal(late.first, 0);
  equal(eventsIn(late.bytes)[0], `gap 0-${log.oldest - 1} slow-reader`);
  equal(late.place.sequence, 20);

  const again = filledLog(30);
  again.append(1);
  const next = new LogReader(again.log);
  next.moveTo({ epoch: "e", sequence: 25 });
  equal(eventsIn(next.read(1e6)!.bytes), ["gap 25-29 slow-reader", "device_data"]);
  next.moveTo({ epoch: "e", sequence: 30 });
  equal(eventsIn(next.read(1e6)!.bytes), ["device_data"]);
});

Deno.test("a reader goes on within a block, and behind one of several events between the same samples", () => {
  const { log, append, notify } = filledLog();
  append(5);
  const [first, second] = [notify("first"), notify("second")];
  append(1);
  const reader = new LogReader(log);
  const eventsBehind = (sequence: number, frame?: string) => {
    reader.moveTo({ epoch: "e", sequence, frame });
    return decodeFrames(reader.read(1e6)!.bytes).map((it) => it.event === "device_data" ? it.sequence : it.event);
  };
  equal(eventsBehind(3), [3, 4, "first", "second", 5]);
  equal(eventsBehind(5), ["first", "second", 5]);
  equal(eventsBehind(5, first), ["second", 5]);
  equal(eventsBehind(5, second), [5]);
});

Deno.test("behind an earlier run comes a gap to the oldest sample of this one", () => {
  const { log, append } = filledLog();
  append(1);
  const reader = new LogReader(log);
  reader.moveToOldest(42);
  equal(eventsIn(reader.read(1e6)!.bytes), ["gap 42-null restart", "device_data"]);
});

Deno.test("a name is one token of a subject", () => {
  equal([subjectToken("daq1"), subjectToken("daq.1"), subjectToken("µ a*>")], ["daq1", "daq=2e1", "=c2=b5=20a=2a=3e"]);
  equal(dataSubject("lab3", "a.b"), "lab.lab3.a=2eb.data");
  equal(keyOf("lab3", "devices", "a.b"), "lab3.devices.a=2eb");
});
