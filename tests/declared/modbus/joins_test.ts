import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { joinSpans, MAX_BITS, MAX_REGISTERS, type TableSpan } from "../../../lib/declared/transports/modbus/joins.ts";

const span: fc.Arbitrary<TableSpan> = fc.record({
  table: fc.constantFrom("coil", "discrete", "input", "holding"),
  start: fc.integer({ min: 0, max: 600 }),
  count: fc.constantFrom(1, 1, 2, 4, 20),
});

/** The places that spans cover. */
function places(spans: readonly TableSpan[]): Set<string> {
  return new Set(
    spans.flatMap(({ table, start, count }) =>
      Array.from({ length: count }, (_, index) => `${table} ${start + index}`)
    ),
  );
}

Deno.test("joined reads cover each value once and whole, nothing besides, and keep the limit of a request", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 80 }), fc.integer({ min: 20, max: MAX_REGISTERS }), (spans, max) => {
      const joins = joinSpans(spans, max);
      equal(joins.flatMap(({ of }) => of).toSorted((a, b) => a - b), spans.map((_, index) => index));
      equal(places(joins), places(spans));
      for (const { table, start, count, of } of joins) {
        ok(count <= (table === "coil" || table === "discrete" ? MAX_BITS : max));
        for (const index of of) {
          const inner = spans[index];
          ok(inner.table === table && inner.start >= start && inner.start + inner.count <= start + count);
        }
      }
    }),
  );
});

Deno.test("contiguous registers are one request, up to 125 of them", () => {
  const registers = Array.from({ length: 300 }, (_, start): TableSpan => ({ table: "holding", start, count: 1 }));
  equal(joinSpans(registers).map(({ start, count }) => [start, count]), [[0, 125], [125, 125], [250, 50]]);
  const halves = Array.from({ length: 100 }, (_, i): TableSpan => ({ table: "input", start: 2 * i, count: 2 }));
  equal(joinSpans(halves).map(({ start, count }) => [start, count]), [[0, 124], [124, 76]]);
  equal(joinSpans([{ table: "coil", start: 1, count: 1 }, { table: "coil", start: 3, count: 1 }]).length, 2);
  equal(joinSpans([]), []);
});
