import { deepStrictEqual as equal } from "node:assert/strict";
import { linesOf } from "../../web/tasks/xy_plot.ts";

Deno.test("the rows of a scan are lines over x; of several rows of a step the last one counts", () => {
  const rows = [
    { step: "1", data: { x: 0, volts: 1, amps: 2, note: "text" } },
    { step: "2", data: { x: 1, volts: 3 } },
    { step: "2", data: { x: 1, volts: 4, amps: null } },
    { step: "pid", data: 17 },
    { step: "3", data: { volts: 5 } },
  ];
  equal(linesOf(rows), [
    { name: "volts", points: [[0, 1], [1, 4]] },
    { name: "amps", points: [[0, 2]] },
  ]);
  equal(linesOf([]), []);
});
