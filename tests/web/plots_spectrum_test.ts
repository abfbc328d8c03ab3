import assert from "node:assert/strict";
import fc from "fast-check";
import { spectrumOf, type WindowName, WINDOWS } from "../../web/plots/drawing/spectrum.ts";

const names = Object.keys(WINDOWS) as WindowName[];

for (const name of names) {
  Deno.test(`a sine has its amplitude at its frequency, and the mean is at 0: ${name} window`, () => {
    const values = Float64Array.from({ length: 1024 }, (_, i) => 5 + 3 * Math.sin(2 * Math.PI * 100 * i / 1024));
    const { frequencies, amplitudes } = spectrumOf(values, name);
    assert.equal(frequencies[100], 100 / 1024);
    assert.ok(Math.abs(amplitudes[100] - 3) < 1e-9, `${amplitudes[100]}`);
    assert.ok(Math.abs(amplitudes[0] - 5) < 1e-9, `${amplitudes[0]}`);
    // The widest window spreads a sine over four frequencies on either side.
    assert.ok(amplitudes.every((amplitude, k) => k < 5 || Math.abs(k - 100) < 5 || amplitude < 1e-9));
  });
}

Deno.test("the spectrum is that of the definition, whatever the length", () => {
  const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 40 });
  fc.assert(fc.property(numbers, fc.constantFrom(...names), (numbers, name) => {
    const { frequencies, amplitudes } = spectrumOf(Float64Array.from(numbers), name);
    const weights = numbers.map((_, i) => WINDOWS[name](i / numbers.length));
    const sum = weights.reduce((a, b) => a + b, 0);
    frequencies.forEach((frequency, k) => {
      let [re, im] = [0, 0];
      numbers.forEach((value, i) => {
        re += weights[i] * value * Math.cos(2 * Math.PI * frequency * i);
        im -= weights[i] * value * Math.sin(2 * Math.PI * frequency * i);
      });
      const sides = k === 0 || k === frequencies.length - 1 ? 1 : 2;
      const expected = sides * Math.hypot(re, im) / sum;
      assert.ok(Math.abs(amplitudes[k] - expected) < 1e-6 * Math.max(1, expected), `${amplitudes[k]}, ${expected}`);
    });
  }));
});

Deno.test("a missing number leaves no spectrum, and a long waveform has one of its beginning", () => {
  assert.ok(spectrumOf(Float64Array.of(1, NaN, 3, 4), "Hann").amplitudes.every(Number.isNaN));
  assert.equal(spectrumOf(new Float64Array(300_000), "Hann").frequencies.length, 65_537);
});
