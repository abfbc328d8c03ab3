import { deepStrictEqual as equal } from "node:assert/strict";
import { SampleRate } from "../../web/bench/sample_rate.ts";

/** What a page knows after polls once a second of a device that gives a sample each period until it falls silent. */
function polled(seconds: number, periodSeconds: number, silentFrom = Infinity) {
  const measured = new SampleRate();
  for (let s = 0; s <= seconds; s++) {
    measured.add(Math.floor(Math.min(s, silentFrom) / periodSeconds), s * 1000, "k3f9");
  }
  return { rate: measured.rate, silence: measured.silenceMs! / 1000 };
}

Deno.test("a device at 0.1 Hz is not silent between two samples, and its rate is 0.1 Hz", () => {
  equal(polled(9, 10).rate, undefined);
  for (let seconds = 20; seconds < 50; seconds++) equal(polled(seconds, 10).rate, 0.1);
});

Deno.test("a device is silent after three of its own periods without a sample", () => {
  equal(polled(79, 10, 50), { rate: 0.1, silence: 29 });
  equal(polled(82, 10, 50), { rate: 0, silence: 32 });
  equal(polled(30, 0.02, 20), { rate: 0, silence: 10 });
});

Deno.test("a fast device has the rate of the last five seconds", () => {
  equal(polled(10, 0.02), { rate: 50, silence: 0 });
});

Deno.test("a device that never gives a sample is silent after half a minute", () => {
  equal(polled(30, Infinity).rate, undefined);
  equal(polled(31, Infinity), { rate: 0, silence: 31 });
});
