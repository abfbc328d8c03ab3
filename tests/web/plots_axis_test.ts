import assert from "node:assert/strict";
import fc from "fast-check";
import { digitsFor } from "../../web/chart/digits.ts";
import { fillLine } from "../../web/chart/pen.ts";
import { sizeFor, valueLabels } from "../../web/chart/value_axis.ts";
import { yRange } from "../../web/chart/y_range.ts";
import { withUnit } from "../../web/words/quantities.ts";

const HEIGHT = 160;

/** The bars of a dense line over the height of a plot, as their upper and lower ends. */
function barsOf(ys: number[]): [top: number, bottom: number][] {
  const [min, max] = yRange(Math.min(...ys), Math.max(...ys));
  const toY = (value: number) => HEIGHT - (value - min) / (max - min) * HEIGHT;
  const bars: [number, number][] = [];
  const brush = { fillRect: (_x: number, y: number, _w: number, height: number) => void bars.push([y, y + height]) };
  fillLine(brush, { xs: ys.map((_, i) => i), ys }, (x) => x, toY, 2);
  return bars;
}

for (const [signal, ys] of Object.entries({ "constant 0": [0, 0], "0/5 V pulses": [0, 5], "-5/0 V pulses": [-5, 0] })) {
  Deno.test(`a trace at 0 is seen and does not look like missing data: ${signal}`, () => {
    const bars = barsOf(Array.from({ length: 400 }, (_, i) => ys[(i / 100 | 0) % 2]));
    assert.equal(bars.length, 400);
    for (const [top, bottom] of bars) assert.ok(top >= 0 && bottom <= HEIGHT, `from ${top} to ${bottom}`);
  });
}

Deno.test("whatever the numbers are, the whole line lies within the plot", () => {
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (ys) => {
    for (const [top, bottom] of barsOf(ys)) assert.ok(top >= 0 && bottom <= HEIGHT, `from ${top} to ${bottom}`);
  }));
});

Deno.test("a constant lies in the middle of its plot, also 0; small changes of a large number fill it", () => {
  assert.deepEqual(yRange(0, 0), [-1, 1]);
  assert.deepEqual(yRange(5, 5), [0, 10]);
  assert.deepEqual(yRange(-5, -5), [-10, 0]);
  assert.deepEqual(yRange(Infinity, -Infinity), [0, 1]);
  for (const change of [1, 1e-2]) {
    const [min, max] = yRange(1.7e9, 1.7e9 + change);
    assert.ok(max - min < 1.5 * change, `${min} to ${max}`);
  }
  // Differences below the resolution of a double are none.
  assert.deepEqual(yRange(89.69999999999999, 89.7), [89.69999999999999 - 89.7, 89.7 + 89.7]);
});

Deno.test("the labels of an axis have one prefix, and enough digits to differ", () => {
  assert.deepEqual(valueLabels([9_999_999.95, 1e7, 10_000_000.05], 0.05, "Hz"), [
    "9.99999995 MHz",
    "10.00000000 MHz",
    "10.00000005 MHz",
  ]);
  assert.deepEqual(valueLabels([1013.24, 1013.25], 0.01, "hPa"), ["1013.24 hPa", "1013.25 hPa"]);
  assert.deepEqual(valueLabels([1.7e9, 1.7e9 + 0.5], 0.5, ""), ["1700000000.0", "1700000000.5"]);
  assert.deepEqual(valueLabels([0, 5000, 10_000], 5000, "V"), ["0 kV", "5 kV", "10 kV"]);
  assert.deepEqual(valueLabels([0, 2500, 12_500], 2500, "V"), ["0.0 kV", "2.5 kV", "12.5 kV"]);
  assert.deepEqual(valueLabels([-0.3, 0, 0.1 * 3], 0.3, "V"), ["-0.3 V", "0.0 V", "0.3 V"]);
  assert.deepEqual(valueLabels([0, 2.5e-9], 2.5e-9, ""), ["0", "2.5e-9"]);
  assert.deepEqual(valueLabels([1e18, 1.5e18], 5e17, ""), ["1.0e+18", "1.5e+18"]);
  assert.deepEqual(valueLabels([], 1, "V"), []);

  const digits = fc.constantFrom(1, 2, 2.5, 5);
  fc.assert(fc.property(digits, fc.integer({ min: -9, max: 9 }), fc.nat(1e6), (digit, power, first) => {
    const step = Number(`${digit}e${power}`);
    const marks = [0, 1, 2, 3].map((i) => (first + i) * step);
    for (const unit of ["", "V", "°C"]) assert.equal(new Set(valueLabels(marks, step, unit)).size, 4);
  }));
});

Deno.test("an axis has the room that its labels need", () => {
  const ctx = { save() {}, restore() {}, measureText: (text: string) => ({ width: 7 * text.length }) };
  const size = (...labels: string[]) => sizeFor(ctx as unknown as CanvasRenderingContext2D, labels);
  assert.equal(size(), size("5 V"));
  assert.ok(size("9.99999995 MHz", "10.00000005 MHz") >= 7 * "10.00000005 MHz".length);
});

Deno.test("smallest, largest and newest value have the digits in which they differ", () => {
  const shown = (min: number, max: number, unit: string) =>
    [min, max].map((value) => withUnit(value, unit, digitsFor({ min, max })));
  assert.deepEqual(shown(9_999_999.9, 10_000_000.1, "Hz"), ["9.9999999 MHz", "10.0000001 MHz"]);
  assert.deepEqual(shown(1013.23, 1013.27, "hPa"), ["1013.23 hPa", "1013.27 hPa"]);
  assert.deepEqual(shown(1_700_000_000, 1_700_000_042, ""), ["1700000000", "1700000042"]);
  assert.deepEqual(shown(0, 7.123456, "V"), ["0 V", "7.123 V"]);
  assert.deepEqual(shown(1013.25, 1013.25, "hPa"), ["1013.25 hPa", "1013.25 hPa"]);
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  fc.assert(fc.property(number(1, 1e9), number(1e-3, 10), (min, more) => {
    const [one, other] = shown(min, min + more, "V");
    assert.notEqual(one, other);
  }));
});

Deno.test("every digit of a count is exact", () => {
  assert.equal(withUnit(1_700_000_042), "1700000042");
  assert.equal(withUnit(123_456.789), "123457");
  assert.equal(withUnit(8_412_345_678, "B"), "8.412 GB");
  assert.equal(withUnit(12_345.6, "tasks"), "12346 tasks");
  assert.equal(withUnit(0), "0");
});

Deno.test("a unit with a prefix gets no second one, and a word that is no unit of measure gets none", () => {
  assert.equal(withUnit(25_300, "hPa"), "25300 hPa");
  assert.equal(withUnit(12_000, "rpm"), "12000 rpm");
  assert.equal(withUnit(0.00012, "Vrms"), "120 µVrms");
  assert.equal(withUnit(3e6, "B/s"), "3 MB/s");
});
