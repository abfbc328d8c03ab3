import assert from "node:assert/strict";
import { bench } from "./client_bench.ts";
import { sample } from "./scripted_daemon.ts";

const packed = (dtype: string, numbers: Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>) => ({
  ...{ dtype, shape: [numbers.length], base64: new Uint8Array(numbers.buffer).toBase64() },
});
const floats = (...numbers: number[]) => packed("float64", Float64Array.from(numbers));
const times = (...numbers: bigint[]) => packed("int64", BigInt64Array.from(numbers));

function columns(first: number, count: number, fields: Record<string, unknown>): string {
  const data = { event: "device_columns", device_id: "daq1", sequence: first, count, ...fields };
  return `id: e1-${first + count - 1}\nevent: device_columns\ndata: ${JSON.stringify(data)}\n\n`;
}

Deno.test("columns() gives samples in a row as arrays, and other events as they are, in order", async () => {
  const { client, daemon } = bench();
  const serving = daemon.next().then((request) => {
    request.stream().send(
      sample(0) + columns(1, 2, { timestamps: times(5n, 6n), payload: floats(1.5, NaN) }) +
        columns(3, 2, {
          timestamps: times(7n, 8n),
          received: times(9n, 10n),
          payload: { x: floats(1, 2), y: { z: floats(3, 4) } },
        }),
    );
    return request;
  });
  const seen = [];
  for await (const event of client.columns("daq1", { past: 2 })) {
    seen.push(event);
    if (seen.length === 3) break;
  }
  assert.equal((await serving).url.search, "?past=2&format=columns");
  assert.equal(seen[0].event, "device_data");
  assert.deepEqual(seen.slice(1), [
    {
      ...{ event: "device_columns", device_id: "daq1", sequence: 1, count: 2, id: "e1-2" },
      ...{
        values: Float64Array.of(1.5, NaN),
        timestamps: BigInt64Array.of(5n, 6n),
        received: BigInt64Array.of(5n, 6n),
      },
    },
    {
      ...{ event: "device_columns", device_id: "daq1", sequence: 3, count: 2, id: "e1-4" },
      values: { x: Float64Array.of(1, 2), y: { z: Float64Array.of(3, 4) } },
      ...{ timestamps: BigInt64Array.of(7n, 8n), received: BigInt64Array.of(9n, 10n) },
    },
  ]);
  assert.equal(client.lastEventId, "e1-4");
});

Deno.test("columns() refuses a column that is no array of the numbers it should be", async () => {
  for (const payload of [7, null, floats(1), { x: times(1n) }, { dtype: "float64", shape: [2], base64: "AAAA" }]) {
    const { client, daemon } = bench();
    const isRight = JSON.stringify(payload) === JSON.stringify(floats(1));
    daemon.next().then((request) => request.stream().send(columns(0, 1, { timestamps: times(1n), payload })));
    const first = client.columns("daq1").next();
    if (isRight) assert.deepEqual((await first).value?.event, "device_columns");
    else await assert.rejects(first, TypeError);
  }
});
