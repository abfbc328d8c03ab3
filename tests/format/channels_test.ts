import { deepEqual, equal } from "node:assert/strict";
import { channels, channelsOfSchema, distinctNames, nameOf, unitAt } from "../../lib/format/channels.ts";

Deno.test("channels() has one entry for each value of nested objects", () => {
  deepEqual(channels({ a: 1, b: { c: null, d: [1, 2] } }), [[["a"], 1], [["b", "c"], null], [["b", "d"], [1, 2]]]);
  deepEqual(channels(7), [[[], 7]]);
});

Deno.test("an array as base64 is one channel", () => {
  const packed = { dtype: "uint8", shape: [1], base64: "AA==" };
  deepEqual(channels({ wave: packed }), [[["wave"], packed]]);
});

Deno.test("channels() splits the groups of its caller", () => {
  const groupOf = (value: unknown) => typeof value === "object" && value !== null ? value : undefined;
  deepEqual(channels({ cores: [3, 4] }, groupOf), [[["cores", "0"], 3], [["cores", "1"], 4]]);
});

Deno.test("channelsOfSchema() skips open objects and an empty schema", () => {
  const number = { type: "number" };
  const open = { type: "object", additionalProperties: number };
  deepEqual(channelsOfSchema({ type: "object", properties: { b: number, open, a: number } }), [["b"], ["a"]]);
  deepEqual(channelsOfSchema(number), [[]]);
  deepEqual(channelsOfSchema({}), []);
});

Deno.test("unitAt() of an item of a list is the unit of the list, also of a nullable one", () => {
  const wave = { type: "array", items: { type: "number" } };
  equal(unitAt({ properties: { wave: { ...wave, unit: "V" } } }, ["wave", "0"]), "V");
  equal(unitAt({ properties: { wave: { anyOf: [wave, { type: "null" }], unit: "V" } } }, ["wave", "0"]), "V");
});

Deno.test("unitAt() finds the unit of nested, listed and nullable values", () => {
  const volts = { type: "number", unit: "V" };
  const schema = { properties: { low: { anyOf: [volts, { type: "null" }] }, wave: { items: volts } } };
  deepEqual([["low"], ["wave"], ["wave", "0"], ["none"]].map((path) => unitAt(schema, path)), ["V", "V", "V", ""]);
});

Deno.test("distinctNames() puts payload. before a name that is taken", () => {
  deepEqual(distinctNames(["lost", "payload.lost", "a", "a"], ["lost"]), [
    "payload.payload.lost",
    "payload.lost",
    "a",
    "payload.a",
  ]);
  equal(nameOf([]), "value");
});
