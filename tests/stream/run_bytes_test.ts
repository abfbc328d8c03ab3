import { deepStrictEqual as equal } from "node:assert/strict";
import { runText } from "../../lib/stream/columns/run_text.ts";
import { runBytes } from "../../lib/stream/columns/run_bytes.ts";
import { Template } from "../../lib/stream/columns/template.ts";

Deno.test("samples in columns as bytes are their text, whatever their numbers, times and letters", () => {
  const time = "2026-11-26T08:00:00.000012Z";
  const frame = `id: k3f9-12\nevent: device_data\ndata: {"event":"device_data","device_id":"µ1","sequence":12,` +
    `"timestamp":"${time}","payload":{"a":1.5,"b":null,"at":"${time}","°C":3}}\n\n`;
  const template = Template.of(frame)!;
  equal(template.slots, ["sequence", "sequence", "time", "number", "number", "time", "number"]);
  const values = [NaN, 0, 1e21, -Number.MAX_VALUE, 5e-324, 0.1 + 0.2, 123, -1, Number.MAX_SAFE_INTEGER];
  const count = 200;
  // The second changes, and its fractions have zeros before them.
  const times = Float64Array.from({ length: count }, (_, i) => 1_764_144_000_000_007 + i * 34_567);
  const numbers = Float64Array.from({ length: count }, (_, i) => values[i % values.length]);
  const none = new Float64Array();
  const columns = template.slots.map((slot, i) => i < 2 ? none : slot === "time" ? times : numbers);
  for (const first of [0, 95, 2 ** 31 - 100, Number.MAX_SAFE_INTEGER - 300]) {
    const run = { template, columns, at: 3, count: count - 3, first };
    equal(new TextDecoder().decode(runBytes(run)), runText(run));
  }
});
