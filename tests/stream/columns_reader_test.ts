import assert from "node:assert/strict";
import fc from "fast-check";
import { block } from "../../lib/driver/mod.ts";
import { ColumnsReader, SampleWriter } from "../../lib/stream/mod.ts";
import { JsonText } from "../../lib/stream/encode.ts";
import { unpackArray } from "../../lib/wire/packed_array.ts";
import { fakeTime } from "../support/time.ts";
import { drain, HEAD, makeLog, state, type WireEvent } from "./wire.ts";

/** A log, its writer, and the events that a reader of columns and one of single events get of it. */
function bench() {
  const log = makeLog();
  const writer = new SampleWriter(HEAD, 0, {
    block: (packed) => log.append(packed),
    lost: (next) => log.lose(next),
    clock: () => {},
  });
  const columns = new ColumnsReader(log.cursor());
  const single = log.cursor();
  return { log, writer, columns: () => drain(columns), single: () => drain(single) };
}

/** The samples of columns one by one: the numbers of the payload in place of their columns, times as texts. */
function expand(events: WireEvent[]): unknown[] {
  return events.flatMap(({ id, data }): unknown[] => {
    if (data.event !== "device_columns") return [{ ...data }];
    const { device_id, sequence, count, timestamps, received, payload } = data as unknown as Record<string, unknown>;
    assert.equal(id, `e1-${Number(sequence) + Number(count) - 1}`);
    const column = (packed: unknown) => unpackArray(packed)!;
    const time = (packed: unknown, i: number) => {
      const micros = BigInt(column(packed)[i]);
      return `${new Date(Number(micros / 1000n)).toISOString().slice(0, -1)}${
        String(micros % 1000n).padStart(3, "0")
      }Z`;
    };
    const valueOf = (tree: object, i: number): unknown =>
      "base64" in tree
        ? jsonNumber(Number(column(tree)[i]))
        : Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, valueOf(inner, i)]));
    return Array.from({ length: Number(count) }, (_, i) => ({
      ...{ event: "device_data", device_id, sequence: Number(sequence) + i, timestamp: time(timestamps, i) },
      ...received !== undefined && { received: time(received, i) },
      payload: valueOf(payload as object, i),
    }));
  });
}

/** NaN travels as null. */
const jsonNumber = (value: number) => Number.isNaN(value) ? null : value;

Deno.test("the numbers of samples in a row are one event, with the id of the last one", async () => {
  using _time = fakeTime();
  const { writer, columns } = bench();
  for (const value of [1.5, 2, NaN, -4]) writer.write(value);
  await writer.flush();
  const [{ id, event, data }] = columns();
  assert.deepEqual([id, event], ["e1-3", "device_columns"]);
  const { sequence, count, timestamps, payload } = data as unknown as Record<string, unknown>;
  assert.deepEqual([sequence, count], [0, 4]);
  assert.deepEqual(Array.from(unpackArray(payload)!), [1.5, 2, NaN, -4]);
  assert.deepEqual(Array.from(unpackArray(timestamps)!), Array(4).fill(BigInt(Date.now()) * 1000n));
});

Deno.test("the values of an instrument's block keep both of their times", async () => {
  const { writer, columns, single } = bench();
  writer.writeBlock(block({ t0: 1_700_000_000_000, dt: 0.5, values: Float64Array.from({ length: 50 }, Math.sqrt) }));
  await writer.flush();
  const events = columns();
  assert.equal(events.length, 1);
  assert.deepEqual(expand(events), single().map(({ data }) => ({ ...data })));
});

Deno.test("states and gaps stand between the columns, in order", async () => {
  using _time = fakeTime();
  const { log, writer, columns } = bench();
  for (let i = 0; i < 5; i++) writer.write(i);
  await writer.flush();
  log.notify(state("retrying"));
  writer.lose(2);
  for (let i = 0; i < 5; i++) writer.write({ x: i, y: { z: i } });
  await writer.flush();
  assert.deepEqual(columns().map(({ data }) => [data.event, data.sequence]), [
    ["device_columns", 0],
    ["device_state", undefined],
    ["gap", undefined],
    ["device_columns", 7],
  ]);
});

Deno.test("readers at the same place share the bytes of their columns", async () => {
  using _time = fakeTime();
  const { log, writer } = bench();
  const readers = [1, 2].map(() => new ColumnsReader(log.cursor()));
  for (let i = 0; i < 9; i++) writer.write(i);
  await writer.flush();
  assert.equal(readers[0].take(), readers[1].take());
});

Deno.test("floats between 2^53 and 1e21 came one by one: they are columns, and integers that a float would round are not", async () => {
  using _time = fakeTime();
  const { writer, columns, single } = bench();
  const floats = Array.from({ length: 5 }, (_, n) => 5e19 * Math.sin(n + 1));
  const texts = ["1.5e+20", "12345678901234567.25", "9007199254740992", "1152921504606846976"];
  const rounded = ["9007199254740993", "-3130948359160516601", "1000000000000000000001", "9".repeat(400)];
  for (const value of [...floats, ...texts]) writer.write(new JsonText(`{"value":${value}}`));
  await writer.flush();
  for (const text of rounded) {
    // Another form of a sample ends the run.
    for (const value of ["true", 1, 2, 3, 4, 5, 6, 7, text]) writer.write(new JsonText(`{"value":${value}}`));
  }
  await writer.flush();
  const events = columns();
  assert.deepEqual(events.map(({ data }) => data.event), ["device_columns", ...Array(36).fill("device_data")]);
  assert.deepEqual(expand(events), single().map(({ data }) => ({ ...data })));
});

Deno.test("columns and single events carry the same samples, whatever the payloads", async () => {
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(0, NaN, Infinity, 9.9e37, 2 ** 53, 2 ** 53 + 2, 1e21, 5e-324),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  );
  const payload = fc.oneof(
    number,
    fc.record({ x: number, y: number }),
    fc.record({ "a.b": number, at: fc.record({ deep: number }) }),
    fc.constantFrom("OL", null, true, [1, 2], {}, { x: 1, unit: "V" }, { time: "2026-11-26T00:00:00.000000Z" }),
  );
  const runs = fc.array(fc.tuple(payload, fc.integer({ min: 1, max: 12 })), { maxLength: 12 });
  using time = fakeTime();
  await fc.assert(fc.asyncProperty(runs, async (runs) => {
    const { writer, columns, single } = bench();
    for (const [payload, count] of runs) {
      for (let i = 0; i < count; i++) writer.write(payload);
      await time.tick(0.7);
    }
    await writer.flush();
    assert.deepEqual(expand(columns()), single().map(({ data }) => ({ ...data })));
  }));
});
