import { deepStrictEqual as equal } from "node:assert/strict";
import { newValueSchema, propertyText, steppedBy } from "../../web/device/property_value.ts";

Deno.test("valueText() has the unit of a number, and words for a switch", () => {
  equal(propertyText(0.30000000000000004, { unit: "V" }), "0.3 V");
  equal(propertyText(1e-9, { unit: "A" }), "1e-9 A");
  equal([propertyText(true, {}), propertyText("cv", {}), propertyText(null, {})], ["on", "cv", "no value"]);
  equal(propertyText({ x: 1 }, {}), '{"x": 1}');
});

Deno.test("steppedBy() goes by the step of the schema, and not beyond its limits", () => {
  const schema = { minimum: 0, maximum: 1, step: 0.1 };
  equal(steppedBy({ schema, value: 0.2 }, 1), 0.3);
  equal(steppedBy({ schema, value: 1 }, 1), undefined);
  equal(steppedBy({ schema, value: 0 }, -1), undefined);
  equal(steppedBy({ schema: { multipleOf: 5 }, value: 10 }, -1), 5);
  equal(steppedBy({ schema: {}, value: 10 }, 1), undefined);
  equal(steppedBy({ schema, value: null }, 1), undefined);
});

Deno.test("newValueSchema() has the present value, and the definitions of the property's schema", () => {
  const property = { name: "place", summary: "", writable: true, readable: true, timestamp: "2026-01-01T00:00:00Z" };
  const schema = { $schema: "s", $ref: "#/$defs/xy", $defs: { xy: { type: "number" } } };
  equal(newValueSchema({ ...property, schema, value: 5 }), {
    type: "object",
    properties: { place: { $ref: "#/$defs/xy", title: "New place" } },
    required: ["place"],
    additionalProperties: false,
    $defs: { xy: { type: "number" } },
    default: { place: 5 },
  });
  equal(newValueSchema({ ...property, schema, value: null, timestamp: null }).default, undefined);
});
