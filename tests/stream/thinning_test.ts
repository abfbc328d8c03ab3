import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFrames, makeBlock, sampleFramer, ThinnedReader, THINNINGS } from "../../lib/stream/mod.ts";
import type { EventFields } from "../support/event_fields.ts";
import { fakeTime } from "../support/time.ts";
import { HEAD, makeLog } from "./wire.ts";

/** The samples that a reader thinned to 10 Hz gets of 1,000 within a second, as [sequence, payload, skipped]. */
async function thinned(how: string, payload: (i: number) => unknown): Promise<[number, unknown, number][]> {
  using time = fakeTime();
  const log = makeLog();
  const reader = new ThinnedReader(log.cursor(), 10, THINNINGS.get(how)!());
  const got: [number, unknown, number][] = [];
  const take = () => {
    for (let bytes = reader.take(); bytes; bytes = reader.take()) {
      for (const { sequence, payload, skipped } of decodeFrames(bytes) as EventFields[]) {
        got.push([sequence!, payload, Number(skipped)]);
      }
    }
  };
  const leave = reader.subscribe(take);
  const frame = sampleFramer(HEAD);
  for (let i = 0; i < 1000; i += 10) {
    log.append(makeBlock(i, Array.from({ length: 10 }, (_, k) => frame(i + k, payload(i + k)))));
    await time.tick(10);
  }
  await time.tick(500);
  leave();
  return got;
}

Deno.test("a spike of one sample survives minmax, high or low, wherever it falls", async () => {
  for (const at of [0, 1, 9, 10, 499, 537, 990, 999]) {
    for (const spike of [99, -99]) {
      const got = await thinned("minmax", (i) => i === at ? spike : Math.sin(i));
      assert.ok(got.some(([sequence, payload]) => sequence === at && payload === spike), `${spike} at ${at}`);
    }
  }
});

Deno.test("an overload of one sample, null among numbers, survives minmax wherever it falls", async () => {
  for (const at of [0, 1, 9, 10, 499, 537, 990, 999]) {
    for (const overload of [null, "OVL"]) {
      const got = await thinned("minmax", (i) => i === at ? overload : Math.sin(i));
      assert.ok(got.some(([sequence, payload]) => sequence === at && payload === overload), `${overload} at ${at}`);
    }
  }
});

Deno.test("minmax keeps the rate while overloads come and go in every interval", async () => {
  const got = await thinned("minmax", (i) => i % 3 ? Math.sin(i) : null);
  assert.ok(got.length <= 16, `${got.length} samples of 1 s at 10 Hz`);
  assert.ok(got.some(([, payload]) => payload === null));
});

Deno.test("of any samples each interval of minmax keeps the extremes and one that is no number", () => {
  const payload = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));
  fc.assert(fc.property(fc.array(payload, { minLength: 1, maxLength: 50 }), (payloads) => {
    const thinning = THINNINGS.get("minmax")!();
    const frame = sampleFramer(HEAD);
    const { first, ends, bytes } = makeBlock(0, payloads.map((it, i) => frame(i, it)));
    thinning.add({ first, next: payloads.length, ends, bytes }, 1);
    const kept = thinning.take().map(({ bytes }) => (decodeFrames(bytes)[0] as { payload?: unknown }).payload);
    const numbers = payloads.filter((it) => it !== null).map((it) => it + 0);
    if (numbers.length) {
      assert.ok(kept.includes(Math.min(...numbers)) && kept.includes(Math.max(...numbers)));
    }
    assert.equal(kept.includes(null), payloads.includes(null));
    assert.ok(kept.length <= 3);
  }));
});

Deno.test("thinning to the newest may miss the spike, and no thinning exceeds the rate", async () => {
  const newest = await thinned("newest", (i) => i === 537 ? 99 : 0);
  assert.ok(newest.length <= 12 && !newest.some(([, payload]) => payload === 99));
  assert.ok((await thinned("minmax", Math.sin)).length <= 14);
});

Deno.test("minmax of payloads that are no numbers is the newest, and every sample is counted", async () => {
  for (const payload of [(i: number) => ({ i }), (i: number) => [i], String, () => null, Math.cos]) {
    const got = await thinned("minmax", payload);
    assert.equal(got.reduce((sum, [, , skipped]) => sum + skipped + 1, 0), 1000);
    assert.equal(got.at(-1)![0], 999);
  }
});
