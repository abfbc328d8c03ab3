import { deepStrictEqual as equal } from "node:assert/strict";
import { SteadyUnit } from "../../web/words/steady_unit.ts";

function after(unit: string, values: readonly number[], secondsBetween = 1) {
  const steady = new SteadyUnit(unit);
  values.forEach((value, i) => steady.add(value, i * secondsBetween));
  return (value: number) => steady.parts(value).join(" ").trim();
}

Deno.test("all values of a channel have the prefix and the decimals of its largest one", () => {
  const volts = after("V", [0.44, -0.44]);
  equal([0.44, 0.00104, -0.2].map(volts), ["0.4400 V", "0.0010 V", "−0.2000 V"]);
  equal([0.00104, 0.0002].map(after("V", [0.00104])), ["1.040 mV", "0.200 mV"]);
  equal(after("Pa", [1.2e5])(1.2e5), "120.0 kPa");
});

Deno.test("a value around the limit of a prefix does not change it to and fro", () => {
  const steady = new SteadyUnit("A");
  const units = Array.from({ length: 200 }, (_, s) => {
    const value = s % 2 ? 0.00101 : 0.00099;
    steady.add(value, s);
    return steady.parts(value)[1];
  });
  equal([...new Set(units.slice(1))], ["mA"]);
});

Deno.test("a smaller prefix comes when all values of half a minute are small, and a larger one at once", () => {
  const steady = new SteadyUnit("V");
  const unitAt = (value: number, time: number) => {
    steady.add(value, time);
    return steady.parts(value)[1];
  };
  equal([unitAt(1, 0), unitAt(0.001, 1), unitAt(0.001, 31), unitAt(0.001, 61)], ["V", "V", "V", "mV"]);
  equal(unitAt(1, 62), "V");
});

Deno.test("whole numbers have no decimals, units that take no prefix get none, and what is no number is a dash", () => {
  equal([8412345, 12].map(after("", [8412345, 12])), ["8412345", "12"]);
  equal(after("°C", [0.004])(0.004), "0.004000 °C");
  equal([NaN, Infinity].map(after("V", [1])), ["–", "–"]);
});
