/** Values of all kinds in the formats with types: each file is read back by a library of its format. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { nameOf } from "../../lib/format/channels.ts";
import { arrowPieces } from "../../lib/recording/export/arrow.ts";
import { type Column, columnsOf, numbersIn, valuesOf } from "../../lib/recording/export/columns.ts";
import { asNumber, parseKeepingIntegers } from "../../lib/recording/export/exact_value.ts";
import { hdf5Pieces } from "../../lib/recording/export/hdf5.ts";
import { mcapPieces } from "../../lib/recording/export/mcap.ts";
import { parquetPieces } from "../../lib/recording/export/parquet.ts";
import type { StoredEvent } from "../../lib/recording/store/stored_events.ts";
import { anyText } from "../support/any_text.ts";
import { payloadOf, readArrow, type ReadFile, readHdf5, readMcap, readParquet } from "../support/read_export.ts";

/** 2026-11-26T08:00:00Z */
const START_NS = BigInt(Date.UTC(2026, 10, 26, 8)) * 1_000_000n;

const SAMPLE = {
  type: "object",
  properties: { count: { type: "integer" }, volts: { type: "number", unit: "mV/°C" }, name: { type: "string" } },
};

const integers = fc.oneof(
  fc.integer(),
  fc.constantFrom(...["9007199254740993", "-9223372036854775808", "9223372036854775807", "18446744073709551615"]),
).map(String);

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => JSON.stringify(it));
const texts = fc.oneof(anyText(), fc.constantFrom("", "a\u0000b", "°C", "'=1")).map((it) =>
  JSON.stringify(it.toWellFormed())
);
const lists = fc.array(fc.oneof(numbers, fc.constant("null")), { maxLength: 5 }).map((it) => `[${it}]`);
const packed = fc.float32Array({ maxLength: 4, noNaN: true, noDefaultInfinity: true }).map((it) =>
  JSON.stringify({ dtype: "float32", shape: [it.length], base64: new Uint8Array(it.buffer).toBase64() })
);
const mixed = fc.array(fc.oneof(texts, integers), { maxLength: 3 }).map((it) => `[${it}]`);
const values = fc.oneof(integers, numbers, texts, lists, packed, mixed, fc.constantFrom("true", "false", "null"));

/** Payloads as JSON texts. Most values have the type of their channel. */
const payloads = fc.record({
  count: fc.oneof({ weight: 4, arbitrary: integers }, values),
  volts: fc.oneof({ weight: 4, arbitrary: numbers }, values),
  name: fc.oneof({ weight: 4, arbitrary: texts }, values),
  on: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("true", "false", "null") }, values),
  list: fc.oneof({ weight: 4, arbitrary: fc.oneof(lists, packed) }, values),
  "a/b": values,
  "..": values,
}, { requiredKeys: [] }).map((it) => `{${Object.entries(it).map(([key, text]) => `${JSON.stringify(key)}:${text}`)}}`);

const sequences = fc.uniqueArray(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: 1, maxLength: 8 })
  .map((it) => it.sort((a, b) => a - b));

/** The events of some payloads: a description, samples, and a gap behind them. */
function eventsOf(all: readonly string[], numbers: readonly number[]): StoredEvent[] {
  const common = { device: "daq1", epoch: "e1" };
  const time = (micros: number) => `2026-11-26T08:00:00.${String(micros).padStart(6, "0")}Z`;
  const samples = all.map((payload, i) => ({
    ...common,
    event: "device_data",
    data: `{"event":"device_data","device_id":"daq1","sequence":${numbers[i]},"timestamp":"${
      time(i)
    }","payload":${payload}}`,
  }));
  const descriptor = { event: "descriptor", device_id: "daq1", timestamp: time(0), sample: SAMPLE };
  const gap = { event: "gap", device_id: "daq1", timestamp: time(999_999), from: 5, to: 9, lost: 5, reason: "source" };
  return [
    { ...common, event: "descriptor", data: JSON.stringify(descriptor) },
    ...samples,
    { ...common, event: "gap", data: JSON.stringify(gap) },
  ];
}

const bytesOf = async (pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) =>
  await new Blob(await Array.fromAsync(pieces) as BlobPart[]).bytes();

/** The values of a payload by the names of their columns, as JSON texts. Without those that are null. */
function expected(text: string, columns: readonly Column[]): Record<string, string> {
  const found = new Map(columns.map((column) => [column.key, column]));
  const all = [...valuesOf(parseKeepingIntegers(text))].filter(([, value]) => value !== null);
  return Object.fromEntries(all.map(([key, value]) => {
    const { name = nameOf(JSON.parse(key)), type } = found.get(key) ?? {};
    // A column of numbers has the number, and not its digits.
    if (type === "number") return [name, textOf(asNumber(value))];
    const numbers = type === "numbers" && Array.isArray(value) ? numbersIn(value.map(asNumber)) : undefined;
    return [name, textOf(numbers ?? value)];
  }));
}

/** A value as text; an array in base64 as a list. */
function textOf(value: unknown): string {
  const { base64 } = value as { base64?: string };
  if (base64 === undefined) return JSON.stringify(value);
  return JSON.stringify(Array.from(new Float32Array(Uint8Array.fromBase64(base64).buffer)));
}

Deno.test("values of any kind are read back from Arrow, Parquet, HDF5 and MCAP as they were", async () => {
  const folder = await Deno.makeTempDir({ prefix: "exports" });
  const metadata = { recording: { recording_id: "run" }, units: { volts: { daq1: "mV/°C" } } };
  await fc.assert(
    fc.asyncProperty(fc.array(payloads, { minLength: 1, maxLength: 8 }), sequences, async (some, numbers) => {
      const all = some.slice(0, numbers.length);
      const events = eventsOf(all, numbers);
      const firsts = events.slice(0, 2);
      const columns = columnsOf(firsts);
      const draft = join(folder, "draft");
      const hdf5 = await bytesOf(hdf5Pieces({ events, firsts, metadata, draft, minFreeBytes: 0 }));
      const files: [string, ReadFile][] = [
        ["arrow", readArrow(await bytesOf(arrowPieces(events, columns, metadata)))],
        ["parquet", await readParquet(await bytesOf(parquetPieces(events, columns, metadata)))],
        ["hdf5", await readHdf5(hdf5, "daq1")],
      ];
      for (const [format, file] of files) {
        // HDF5 has no "/" in a name.
        const named = (name: string) => format === "hdf5" ? name.replace("a/b", "a_b").replace(/^\.\.$/, "_") : name;
        const jsonColumns = columns.filter(({ type }) => type === "json").map(({ name }) => named(name));
        const samples = file.rows.filter(({ event }) => event === null);
        equal(samples.map(({ sequence }) => sequence), numbers.slice(0, all.length).map(BigInt), format);
        equal(samples.map(({ timestamp }) => timestamp! - START_NS), all.map((_, i) => BigInt(i) * 1000n), format);
        for (const [i, row] of samples.entries()) {
          const wanted = Object.entries(expected(all[i], columns)).map(([name, text]) => [named(name), text]);
          const found = Object.entries(payloadOf(row, jsonColumns)).map(([name, text]) => [
            named(name),
            textOf(parseKeepingIntegers(text)),
          ]);
          equal(Object.fromEntries(found), Object.fromEntries(wanted), format);
        }
        const [gap] = file.rows.filter(({ event }) => event === "gap");
        equal([gap.sequence, gap.lost, JSON.parse(gap.detail!).reason], [5n, 5n, "source"], format);
      }
      const { messages } = readMcap(await bytesOf(mcapPieces(events, [], metadata)));
      equal(messages.map(({ text }) => text), events.map(({ data }) => data));
      equal(
        messages.slice(1, -1).map(({ sequence }) => sequence),
        numbers.slice(0, all.length).map((it) => it % 2 ** 32),
      );
    }),
    { numRuns: 20 },
  );
  await Deno.remove(folder, { recursive: true });
});
