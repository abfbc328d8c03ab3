import assert from "node:assert/strict";
import fc from "fast-check";
import { readState } from "../../web/plots/view_state.ts";
import { View } from "../../web/stream/view.ts";

Deno.test("a view state is read as it was written", () => {
  const state = {
    span: 60,
    range: [5, 10],
    channels: { daq1: { a: true, b: false } },
    plots: { "daq1 unit V 0": { isLogarithmic: true, min: -1, max: 5, isShared: true } },
    own: [{ id: "a", title: "Power", kind: "time", lines: [{ formula: "psu1.voltage * psu1.current", unit: "W" }] }],
  };
  assert.deepEqual(readState(JSON.stringify(state)), state);
});

Deno.test("whatever a link says, the view is one that can be drawn", () => {
  const empty = { channels: {}, plots: {}, own: [] };
  for (const text of [null, "", "{", "[]", "7", "null", `{"span":-1,"range":[2,1],"channels":7,"plots":[1]}`]) {
    assert.deepEqual(readState(text), empty);
  }
  assert.deepEqual(readState(`{"plots":{"p":{"min":"x","max":1e999,"isBig":1}},"range":["a",3]}`).plots, { p: {} });
  assert.deepEqual(readState(`{"span":{"toString":1},"range":[{"toString":1},3]}`), empty);
  fc.assert(fc.property(fc.jsonValue(), fc.double(), (value, span) => {
    const state = readState(JSON.stringify({ range: value, channels: value, plots: value, own: value, span }));
    const view = new View(() => 1000);
    view.restore(state);
    const { from, to } = view.range;
    assert.ok(from < to && Number.isFinite(from) && Number.isFinite(to));
  }));
});
