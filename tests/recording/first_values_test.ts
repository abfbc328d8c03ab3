/** Devices whose first samples have no value, as a sensor that warms up: their columns have the type of what comes. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { tableFromIPC } from "apache-arrow";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { exported, recordedSamples } from "../support/recorded_samples.ts";

/** The type of each column of a recording of some payloads, and its values. */
async function columnsOf(sample: object, payloads: readonly unknown[]): Promise<Record<string, [string, unknown[]]>> {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1" });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
  const folder = await recordedSamples(log, sample, () => {
    log.append(makeBlock(0, payloads.map((payload, i) => frame(i, payload))));
  });
  const table = tableFromIPC(await exported(folder, "arrow"));
  await Deno.remove(folder, { recursive: true });
  const events = [...table.getChild("event")!];
  return Object.fromEntries(
    table.schema.fields.slice(7).map(({ name, type }) => {
      const values = [...table.getChild(name)!].filter((_, i) => events[i] === null);
      return [name, [String(type), values]];
    }),
  );
}

Deno.test("a sensor whose first readings were NaN came as texts in Arrow, Parquet and HDF5: its column has numbers", async () => {
  equal(await columnsOf({}, [NaN, NaN, 20.5, Infinity, 21]), { value: ["Float64", [null, null, 20.5, null, 21]] });
  const parts = [{ t: null, on: null, text: null }, { t: null, on: true }, { t: 3.5, text: "a" }, { t: "broken" }];
  equal(await columnsOf({}, parts), {
    t: ["Float64", [null, null, 3.5, null]],
    on: ["Bool", [null, true, null, null]],
    text: ["Utf8", [null, null, "a", null]],
  });
});

Deno.test("of a channel that never had a value, the schema gives the type of its column", async () => {
  const sample = {
    type: "object",
    properties: {
      volts: { anyOf: [{ type: "number", unit: "V" }, { type: "null" }] },
      count: { type: ["integer", "null"] },
      on: { type: "boolean" },
      name: { type: "string" },
    },
  };
  const types = Object.values(await columnsOf(sample, [{ volts: null }, {}])).map(([type]) => type);
  equal(types, ["Float64", "Int64", "Bool", "Utf8"]);
});
