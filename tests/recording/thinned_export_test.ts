/** A thinned export: whole samples, the extremes among them, and every other event. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { thinnedEvents } from "../../lib/recording/export/thinned_events.ts";
import type { StoredEvent } from "../../lib/recording/store/stored_events.ts";

const START = BigInt(Date.UTC(2026, 10, 26, 8)) * 1_000_000n;

/** One sample each 10 ms, with a payload as JSON text. */
const sampleOf = (sequence: number, payload: string, device = "daq1"): StoredEvent => ({
  device,
  epoch: "e1",
  event: "device_data",
  data: `{"event":"device_data","device_id":"${device}","sequence":${sequence},"timestamp":"${
    new Date(Number(START / 1_000_000n) + sequence * 10).toISOString().replace("Z", "000Z")
  }","payload":${payload}}`,
});

const gapOf = (device = "daq1"): StoredEvent => ({
  device,
  epoch: "e1",
  event: "gap",
  data: '{"event":"gap","lost":3}',
});

const span = (samples: number) => ({ from: START, to: START + BigInt(samples) * 10_000_000n });

const thinned = (events: StoredEvent[], points: number) => [...thinnedEvents(events, span(events.length), points)];

const sequences = (events: StoredEvent[]) => events.map(({ data }) => JSON.parse(data).sequence);

Deno.test("of each interval the samples with the smallest and the largest number are kept, whole and in order", () => {
  const events = Array.from(
    { length: 100 },
    (_, i) => sampleOf(i, String(i === 33 ? 1000 : i === 71 ? -1000 : i % 10)),
  );
  equal(sequences(thinned(events, 4)), [0, 33, 59, 71]);
  equal(thinned(events, 4)[1], events[33]);
});

Deno.test("a number that is missing is kept, and an integer beyond 2^53 is compared", () => {
  const payloads = ["1", "null", "2", "9007199254740993", "null", "3"];
  equal(sequences(thinned(payloads.map((payload, i) => sampleOf(i, payload)), 2)), [0, 1, 3]);
});

Deno.test("an overload is kept, and is neither the smallest nor the largest number", () => {
  const payloads = ["1", "9.9e37", "5", "-9.9e37", "2"];
  equal(sequences(thinned(payloads.map((payload, i) => sampleOf(i, payload)), 2)), [0, 1, 2]);
});

Deno.test("of samples without numbers the first one of an interval is kept", () => {
  const events = Array.from({ length: 10 }, (_, i) => sampleOf(i, `{"state":"on","list":[1]}`));
  equal(sequences(thinned(events, 4)), [0, 5]);
});

Deno.test("each number of any device keeps its extremes, and every other event stays between the samples of its device", () => {
  const value = fc.record({ a: fc.integer(), b: fc.option(fc.integer()) }).map((it) => JSON.stringify(it));
  const devices = fc.constantFrom("daq1", "daq2");
  const entries = fc.array(fc.tuple(devices, fc.oneof({ weight: 9, arbitrary: value }, fc.constant("gap"))), {
    maxLength: 80,
  });
  fc.assert(fc.property(entries, fc.integer({ min: 2, max: 20 }), (all, points) => {
    const events = all.map(([device, text], i) => text === "gap" ? gapOf(device) : sampleOf(i, text, device));
    const found = thinned(events, points);
    for (const device of ["daq1", "daq2"]) {
      const [before, after] = [events, found].map((some) => some.filter((it) => it.device === device));
      const places = after.map((event) => before.indexOf(event));
      // Whole events, in their order, none twice.
      ok(places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1])));
      equal(after.filter(({ event }) => event === "gap").length, before.filter(({ event }) => event === "gap").length);
      const gaps = after.filter(({ event }) => event === "gap").length;
      const samples = after.length - gaps;
      ok(samples <= (points / 2 + gaps + 1) * 6, `${samples} samples of ${points} points and ${gaps} gaps`);
      for (const name of ["a", "b"]) {
        const numbers = (some: StoredEvent[]) =>
          some.filter(({ event }) => event !== "gap").map(({ data }) => JSON.parse(data).payload[name])
            .filter((it) => it !== null);
        equal(Math.max(...numbers(after)), Math.max(...numbers(before)));
        equal(Math.min(...numbers(after)), Math.min(...numbers(before)));
      }
    }
  }));
});
