import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { StreamEvent } from "../../lib/client/mod.ts";
import { curvePath } from "../../web/overview/curve.ts";
import { DeviceReadings, rateFor } from "../../web/overview/device_readings.ts";

const at = (second: number) => new Date(second * 1000).toISOString().replace("Z", "000Z");
const common = (second: number) => ({ device_id: "daq1", timestamp: at(second) });

function sample(second: number, payload: unknown): StreamEvent {
  return { event: "device_data", ...common(second), sequence: second, payload };
}

const SCHEMA = {
  type: "object",
  properties: { volts: { type: "number", unit: "V" }, temperature: { type: "number", unit: "°C" }, door: {} },
};

const texts = (readings: DeviceReadings) =>
  readings.values.map(({ name, text, unit }) => `${name} ${text} ${unit}`.trim());

Deno.test("the values of a device have the order and the units of its schema", () => {
  const readings = new DeviceReadings();
  readings.describe(SCHEMA);
  readings.receive(sample(1, { door: true, note: "ok", temperature: 21.5, volts: 0.44 }));
  equal(texts(readings), ["volts 0.4400 V", "temperature 21.50 °C", "door on", "note ok"]);
  readings.receive(sample(2, { door: false, note: "ok", temperature: null, volts: 9.9e37 }));
  equal(texts(readings), ["volts overload", "temperature no value", "door off", "note ok"]);
});

Deno.test("a curve shows the last minute, and is broken at gaps, long pauses and values that are no measurements", () => {
  const readings = new DeviceReadings();
  for (let second = 0; second <= 100; second++) readings.receive(sample(second, second % 2));
  equal([readings.times[0], readings.times.length], [40, 61]);
  const lines = () => curvePath(readings, 100).split("M").length - 1;
  equal(lines(), 1);
  readings.receive({ event: "gap", ...common(100), from: 1, to: 2, lost: 2, reason: "source" });
  for (const second of [101, 102]) readings.receive(sample(second, 1));
  equal(lines(), 2);
  for (const value of [9.9e37, 1]) readings.receive(sample(103, value));
  equal(lines(), 3);
  readings.receive(sample(120, 1));
  equal(lines(), 4);
});

Deno.test("a constant is a line in the middle, and one point is a dot", () => {
  const readings = new DeviceReadings();
  readings.receive(sample(60, 5));
  equal(curvePath(readings, 60), "M200.0 20.0h0");
  equal(curvePath(new DeviceReadings(), 60), "");
});

Deno.test("a waveform is drawn itself", () => {
  const readings = new DeviceReadings();
  readings.receive(sample(1, Array.from({ length: 1000 }, (_, i) => i)));
  equal(texts(readings), ["value 1,000 points"]);
  match(curvePath(readings, 1), /^M0\.0 38\.0h0L.*L200\.0 2\.0$/);
});

Deno.test("a device without samples has the values of its properties", () => {
  const readings = new DeviceReadings();
  readings.describe({ type: "object", properties: { voltage: { unit: "V" }, output: {} } });
  readings.receiveProperty("output", true, 1);
  readings.receive({ event: "property", ...common(2), name: "voltage", value: 3.3 });
  equal(texts(readings), ["voltage 3.300 V", "output on"]);
  readings.receive({ event: "property", ...common(3), name: "voltage", value: 5 });
  equal([texts(readings)[0], readings.time], ["voltage 5.000 V", 3]);
});

Deno.test("the rate of each device falls with their number", () => {
  equal([1, 20, 50, 60, 200, 1000].map(rateFor), [4, 4, 4, 2, 1, 0.5]);
});
