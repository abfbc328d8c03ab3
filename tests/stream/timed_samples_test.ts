import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { block, type BlockValues, stamped } from "labdaemon/driver";
import { type Block, decodeFrames } from "../../lib/stream/mod.ts";
import { FrameCheck } from "../../lib/stream/frame_check.ts";
import { SampleWriter } from "../../lib/stream/sample_writer.ts";
import type { WaveformForm } from "../../lib/stream/timed/waveform_form.ts";
import type { DeviceDataEvent } from "../../lib/wire/events.ts";
import { fakeTime } from "../support/time.ts";

const T = Date.UTC(2026, 10, 22, 6);

/** Writes samples as `write` says, and reads back what arrives; each block passes the daemon's check. */
async function written(
  write: (writer: SampleWriter) => void,
  { next = 0, waveforms, arrays = "json" }: { next?: number; waveforms?: WaveformForm; arrays?: "json" | "base64" } =
    {},
) {
  using _ = fakeTime(new Date(T));
  const check = new FrameCheck("daq1", "k3f9", next);
  const events: DeviceDataEvent[] = [];
  const clocks: [number, string][] = [];
  const kept: unknown[] = [];
  const writer = new SampleWriter({ deviceId: "daq1", epoch: "k3f9", arrays, waveforms }, next, {
    block: (block: Block) => {
      check.check(block);
      events.push(...decodeFrames(block.bytes) as DeviceDataEvent[]);
      equal(block.ends.length, decodeFrames(block.bytes).length);
    },
    lost: () => {},
    clock: (step, source) => clocks.push([step, source]),
    sample: (_, payload) => kept.push(payload),
  });
  write(writer);
  await writer.flush();
  return { events, clocks, kept };
}

const brief = ({ sequence, timestamp, payload }: DeviceDataEvent) => [sequence, timestamp.slice(17, -1), payload];

Deno.test("a stamped value has the instrument's time, and the host's beside it", async () => {
  const { events: [event] } = await written((writer) => writer.writeStamped(stamped(T - 1_500, 7.31)));
  deepEqual(event, {
    event: "device_data",
    device_id: "daq1",
    sequence: 0,
    timestamp: "2026-11-22T05:59:58.500000Z",
    received: "2026-11-22T06:00:00.000000Z",
    payload: 7.31,
  });
});

Deno.test("each value of a block is a sample with its own number and its own time", async () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => i / 4);
  const { events } = await written((writer) => writer.writeBlock(block({ t0: T - 2, dt: 0.1, values })), { next: 98 });
  deepEqual(events.slice(0, 3).map(brief), [[98, "59.998000", 0], [99, "59.998100", 0.25], [100, "59.998200", 0.5]]);
  deepEqual(events.slice(19, 21).map(brief), [[117, "59.999900", 4.75], [118, "00.000000", 5]]);
  deepEqual(brief(events[39]), [137, "00.001900", 9.75]);
});

Deno.test("blocks of any size and kind give the samples that single stamped values would give", async () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -0, 1e9, -999_999_999, 5e-324));
  const channel = fc.integer({ min: 0, max: 80 }).chain((length) =>
    fc.tuple(
      fc.array(number, { minLength: length, maxLength: length }),
      fc.array(fc.oneof(number, fc.string()), { minLength: length, maxLength: length }),
    )
  );
  const dt = fc.constantFrom(0.001, 0.1, 1 / 3, 7, 1_000, 86_400_000);
  await fc.assert(
    fc.asyncProperty(channel, dt, fc.nat(), async ([a, b], dt, next) => {
      const forms: [BlockValues, (i: number) => unknown][] = [
        [a, (i) => a[i]],
        [Float32Array.from(a), (i) => Math.fround(a[i])],
        [b, (i) => b[i]],
        [[Float64Array.from(a), b], (i) => [a[i], b[i]]],
        [{ "x y": a, "\u00b5": Float64Array.from(a) }, (i) => ({ "x y": a[i], "\u00b5": a[i] })],
      ];
      for (const [values, payload] of forms) {
        const blocks = await written((writer) => writer.writeBlock(block({ t0: T, dt, values })), { next });
        const singles = await written((writer) => {
          for (let i = 0; i < a.length; i++) writer.writeStamped(stamped(T + i * dt, payload(i)));
        }, { next });
        deepEqual(
          blocks.events.map(({ payload, sequence }) => ({ payload, sequence })),
          singles.events.map(
            ({ payload, sequence }) => ({ payload, sequence }),
          ),
        );
        deepEqual(blocks.kept, singles.kept);
        for (const [i, { timestamp }] of blocks.events.entries()) {
          const micros = Date.parse(`${timestamp.slice(0, 20)}000Z`) * 1000 + Number(timestamp.slice(20, 26));
          equal(Math.abs(micros - (T * 1000 + i * dt * 1000)) <= 1, true);
        }
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("a block is one waveform where the schema says that a channel is an array", async () => {
  const values = Float32Array.of(0.5, 1, NaN);
  const write = (writer: SampleWriter) => writer.writeBlock(block({ t0: T, dt: 0.5, values }));
  const { events } = await written(write, { waveforms: "channel", arrays: "base64" });
  deepEqual(events.map(({ dt, timestamp, payload }) => ({ dt, timestamp, payload })), [{
    dt: 0.0005,
    timestamp: "2026-11-22T06:00:00.000000Z",
    payload: { dtype: "float32", shape: [3], base64: new Uint8Array(values.buffer).toBase64() },
  }]);
  const list = (writer: SampleWriter) => writer.writeBlock(block({ t0: T, dt: 1e-6, values: [[1, 2], [3, 4]] }));
  deepEqual((await written(list, { waveforms: "channel" })).events.map(({ payload }) => payload), [[1, 3], [2, 4]]);
  deepEqual((await written(list, { waveforms: "list" })).events.map(({ payload, dt }) => [payload, dt]), [
    [[[1, 2], [3, 4]], 1e-9],
  ]);
});

Deno.test("a block of 5,000 samples arrives in parts, in order", async () => {
  const values = Int32Array.from({ length: 5_000 }, (_, i) => i);
  const { events, kept } = await written((writer) => {
    writer.write(-1);
    writer.writeBlock(block({ t0: T, dt: 1, values }));
    writer.write(-2);
  });
  deepEqual(events.map(({ payload }) => payload), [-1, ...values, -2]);
  deepEqual(events.map(({ sequence }) => sequence), events.map((_, i) => i));
  equal(kept.length, 5_002);
});

Deno.test("an empty block is no sample", async () => {
  const { events } = await written((writer) => writer.writeBlock(block({ t0: T, dt: 1, values: [] })));
  deepEqual(events, []);
});

Deno.test("a step of the instrument's clock stands between the samples, with its source", async () => {
  const { events, clocks } = await written((writer) => {
    writer.writeStamped(stamped(T, 1));
    writer.writeStamped(stamped(T - 60_000, 2));
  });
  deepEqual(clocks, [[-60_000, "instrument"]]);
  deepEqual(events.map(brief), [[0, "00.000000", 1], [1, "00.000000", 2]]);
});

Deno.test("the daemon refuses frames with another text between the time and the payload", async () => {
  const frame = (middle: string) =>
    `id: k3f9-0\nevent: device_data\ndata: {"event":"device_data","device_id":"daq1","sequence":0,` +
    `"timestamp":"2026-11-22T06:00:00.000000Z"${middle},"payload":1}\n\n`;
  const check = (middle: string) => {
    const bytes = new TextEncoder().encode(frame(middle));
    new FrameCheck("daq1", "k3f9", 0).check({ first: 0, ends: Uint32Array.of(bytes.length), bytes });
  };
  check("");
  check(',"received":"2026-11-22T06:00:00.000000Z"');
  check(',"dt":1e-7,"received":"2026-11-22T06:00:00.000000Z"');
  for (
    const middle of [
      ',"received":"2026-02-31T06:00:00.000000Z"',
      ',"received":"2026-11-22T06:00:00.00000aZ"',
      ',"received":"yesterday"',
      ',"dt":"x","received":"2026-11-22T06:00:00.000000Z"',
      ',"event":"gap"',
    ]
  ) throws(() => check(middle), { message: /its bytes are not the event of this sample and device/ });
  await Promise.resolve();
});
