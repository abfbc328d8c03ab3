/** A recording as a file: the same samples, gaps, numbers and times in each format. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "../support/parquet_zstd.ts";
import { readArrow, readHdf5, readParquet } from "../support/read_export.ts";
import { JsonText } from "../../lib/stream/encode.ts";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { exported, recordedPayloads, recordedSamples } from "../support/recorded_samples.ts";

const PACKED = { dtype: "float32", shape: [2], base64: "AACAPwAAAEA=" };

/** Payloads as JSON texts: a driver in another language writes integers of any size. */
const PAYLOADS = [
  '{"volts":1.25,"on":true,"mode":"a, \\"b\\"","list":[1,null,3],"count":7,"deep":{"x":null}}',
  '{"volts":null,"on":false,"mode":"","list":[],"count":9007199254740993,"deep":{"x":2},"new":[{"y":1}]}',
  `{"volts":"broken","on":true,"mode":"c","list":${JSON.stringify(PACKED)},"count":-1,"deep":{"x":3}}`,
];

const SAMPLE = {
  type: "object",
  properties: { volts: { type: "number", unit: "V" }, count: { type: "integer" } },
};

/** A recording of the samples 0, 1, a gap of 5, and 7. */
async function recorded(): Promise<string> {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1" });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
  const frameOf = (sequence: number, payload: string) =>
    frame(sequence, "PAYLOAD", `2026-11-26T08:00:0${sequence}.000001Z`).replace('"PAYLOAD"', () => payload);
  return await recordedSamples(log, SAMPLE, () => {
    log.append(makeBlock(0, [frameOf(0, PAYLOADS[0]), frameOf(1, PAYLOADS[1])]));
    log.append(makeBlock(7, [frameOf(7, PAYLOADS[2])]));
  });
}

async function withRecording(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await recorded();
  await run(folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("JSON lines have each event as it was streamed, to the last digit", () =>
  withRecording(async (folder) => {
    const lines = new TextDecoder().decode(await exported(folder, "jsonl")).trimEnd().split("\n");
    equal(JSON.parse(lines[0]).recording_id, "run");
    equal(JSON.parse(lines[1]).event, "descriptor");
    ok(lines[2].endsWith(`"payload":${PAYLOADS[0]}}`));
    ok(lines[3].endsWith(`"payload":${PAYLOADS[1]}}`));
    const { event, from, to, lost, reason } = JSON.parse(lines[4]);
    equal([event, from, to, lost, reason], ["gap", 2, 6, 5, "source"]);
    ok(lines[5].endsWith(`"payload":${PAYLOADS[2]}}`));
  }));

Deno.test("CSV has a row for each event, and a value without a column in its detail", () =>
  withRecording(async (folder) => {
    const rows = new TextDecoder().decode(await exported(folder, "csv")).split("\n");
    equal(rows[0], "device_id,epoch,sequence,timestamp,event,lost,detail,volts,count,on,mode,list,deep.x");
    equal(rows[2], 'daq1,e1,0,2026-11-26T08:00:00.000001Z,,,,1.25,7,true,"a, ""b""","[1,null,3]",');
    equal(
      rows[3],
      'daq1,e1,1,2026-11-26T08:00:01.000001Z,,,"{""new"":[{""y"":1}]}",,9007199254740993,false,"",[],2',
    );
    ok(/^daq1,e1,2,[^,]+,gap,5,".*",,,,,,$/.test(rows[4]));
  }));

Deno.test("Parquet has typed columns with units, and what does not fit its column is in the detail", () =>
  withRecording(async (folder) => {
    const { buffer } = await exported(folder, "parquet");
    const rows = await parquetReadObjects({ file: buffer, compressors });
    const samples = rows.filter(({ event }) => event === null || event === undefined);
    equal(samples.map(({ sequence }) => sequence), [0n, 1n, 7n]);
    equal(
      samples.map(({ timestamp }) => (timestamp as Date).toISOString()),
      [0, 1, 7].map((s) => `2026-11-26T08:00:0${s}.000Z`),
    );
    equal(samples.map(({ count }) => count), [7n, 9007199254740993n, -1n]);
    equal(samples.map(({ volts }) => volts ?? null), [1.25, null, null]);
    equal(samples.map(({ on, mode }) => [on, mode]), [[true, 'a, "b"'], [false, ""], [true, "c"]]);
    equal(samples.map(({ list }) => list), [[1, null, 3], [], [1, 2]]);
    equal(samples.map(({ detail }) => detail ? JSON.parse(String(detail)) : null), [null, { new: [{ y: 1 }] }, {
      volts: "broken",
    }]);
    const [gap] = rows.filter(({ event }) => event === "gap");
    equal([gap.sequence, gap.lost, JSON.parse(String(gap.detail)).to], [2n, 5n, 6]);
    const { key_value_metadata } = parquetMetadata(buffer);
    const metadata = Object.fromEntries(key_value_metadata!.map(({ key, value }) => [key, JSON.parse(value!)]));
    equal(metadata["labdaemon.units"].volts, { daq1: "V" });
    equal(metadata["labdaemon.recording"].recording_id, "run");
    equal(metadata["labdaemon.descriptors"][0].sample, SAMPLE);
  }));

Deno.test("a part of a recording has the events of its devices and of its time", () =>
  withRecording(async (folder) => {
    const part = { from: "2026-11-26T08:00:00.500Z", to: "2026-11-26T08:00:07Z" };
    const lines = new TextDecoder().decode(await exported(folder, "jsonl", part)).trimEnd().split("\n");
    equal(lines.slice(1).map((line) => JSON.parse(line).sequence).filter((it) => it !== undefined), [1]);
    const none = new TextDecoder().decode(await exported(folder, "jsonl", { devices: ["daq2"] })).trimEnd().split("\n");
    equal(none.length, 1);
  }));

Deno.test("the value of a device was JSON in the detail, without its unit, if another device had named channels", async () => {
  const folder = await recordedPayloads({
    pl1: { sample: { type: "number", unit: "mm" }, payloads: [1.5, 2.5] },
    psu2: {
      sample: { type: "object", properties: { v: { type: "number" }, i: { type: "number" } } },
      payloads: [{ v: 5, i: 0.1 }, { v: 6, i: 0.2 }],
    },
    x: { sample: {}, payloads: [{ at: 1 }, { at: 2 }] },
    xy: { sample: {}, payloads: [{ at: { deep: 3 } }, { at: { deep: 4 } }] },
  });
  const names = ["value", "v", "i", "at", "at.deep"];
  for (const part of [{}, { points: 10 }]) {
    const [header, ...lines] = new TextDecoder().decode(await exported(folder, "csv", part)).split("\n");
    equal(header, `device_id,epoch,sequence,timestamp,event,lost,detail,${names}`);
    const samples = lines.map((line) => line.split(",")).filter(([, , sequence, , event]) => sequence && event === "");
    equal(samples.map((cells) => cells.slice(6).join()), [
      ...[",1.5,,,,", ",2.5,,,,", ",,5,0.1,,", ",,6,0.2,,"],
      ...[",,,,1,", ",,,,2,", ",,,,,3", ",,,,,4"],
    ]);
    const files = [
      await readParquet(await exported(folder, "parquet", part)),
      readArrow(await exported(folder, "arrow", part)),
    ];
    for (const { rows, metadata } of files) {
      const found = rows.filter(({ event }) => event === null);
      equal(found.map(({ detail }) => detail), Array(8).fill(null));
      equal(found.slice(0, 4).map(({ cells }) => cells), [
        ...[{ value: "1.5" }, { value: "2.5" }, { v: "5", i: "0.1" }, { v: "6", i: "0.2" }],
      ]);
      const units = { value: { pl1: "mm" }, v: {}, i: {}, at: {}, "at.deep": {} };
      equal(metadata["labdaemon.units"], units);
    }
    const { metadata } = await readHdf5(await exported(folder, "hdf5", part), "pl1");
    equal((metadata.units as Record<string, unknown>).value, { pl1: "mm" });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("floats between 2^53 and 1e21 were in the detail: they are numbers, and an integer with more digits than a float has keeps them", async () => {
  const floats = Array.from({ length: 20 }, (_, n) => 3.1e18 * (1 + 0.1 * Math.sin(n / 10)));
  const integers = ["9007199254740993", "1152921504606846976"].map((text) => new JsonText(text));
  const folder = await recordedPayloads({
    gauge: { sample: { type: "number" }, payloads: [...floats, ...integers] },
    list: { sample: {}, payloads: [{ l: [1, 3.1e18] }, new JsonText('{"l":[1152921504606846976,2]}')] },
    counter: {
      sample: { type: "object", properties: { n: { type: "integer" } } },
      payloads: [new JsonText('{"n":1152921504606846976}')],
    },
  });
  const files = {
    parquet: await readParquet(await exported(folder, "parquet")),
    arrow: readArrow(await exported(folder, "arrow")),
    hdf5: await readHdf5(await exported(folder, "hdf5"), "gauge"),
  };
  for (const [format, { rows }] of Object.entries(files)) {
    const gauge = rows.filter(({ event }) => event === null).slice(0, 22);
    const found = gauge.map(({ cells, detail }) => [cells.value && Number(cells.value), detail]);
    equal(found, [
      ...floats.map((it) => [it, null]),
      [undefined, '{"value":9007199254740993}'],
      [2 ** 60, null],
    ], format);
  }
  const [list, power, counter] = files.arrow.rows.filter(({ event }) => event === null).slice(22);
  equal([list.detail, power.detail, counter.cells], [null, null, { n: "1152921504606846976" }]);
  const csv = new TextDecoder().decode(await exported(folder, "csv"));
  ok(csv.includes(",,3100000000000000000,") && csv.includes(",,1152921504606846976,"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("numbers of a device were in the detail, if another device had integers in a channel of that name", async () => {
  const folder = await recordedPayloads({
    counter: { sample: { type: "integer" }, payloads: [1, 2] },
    meter: { sample: { type: "number" }, payloads: [1.5, 2.5] },
  });
  const { rows } = readArrow(await exported(folder, "arrow"));
  equal(rows.filter(({ event }) => event === null).map(({ detail, cells }) => [detail, cells.value]), [
    ...[[null, "1"], [null, "2"], [null, "1.5"], [null, "2.5"]],
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a sample with a time after 2262, which 64 bits of nanoseconds do not have, ended the recorder: it is recorded as it is", async () => {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1" });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
  const folder = await recordedSamples(log, {}, () => {
    log.append(makeBlock(0, [0, 1, 2].map((n) => frame(n, n, `250${n}-01-01T00:00:00.000001Z`))));
  });
  const samples = async (part: object) => {
    const lines = new TextDecoder().decode(await exported(folder, "jsonl", part)).trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "device_data")
      .map(({ timestamp }) => timestamp.slice(0, 4));
  };
  equal(await samples({}), ["2500", "2501", "2502"]);
  equal(await samples({ from: "1600-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z" }), ["2500", "2501", "2502"]);
  equal(await samples({ from: "2501-01-01T00:00:00Z", to: "2502-01-01T00:00:00Z" }), ["2501"]);
  equal(await samples({ to: "2400-01-01T00:00:00Z" }), []);
  await Deno.remove(folder, { recursive: true });
});
