import { equal, throws } from "node:assert/strict";
import { block, stamped } from "labdaemon/driver";

Deno.test("stamped() takes a Date, and refuses what is no time", () => {
  equal(stamped(new Date(5), 1).time, 5);
  equal(stamped(0, 1).time, 0);
  for (const time of [NaN, -1, Infinity, 253_402_300_800_000, new Date(NaN)]) {
    throws(() => stamped(time, 1), {
      name: "RangeError",
      message: /^Cannot stamp a value with the time .*: it must be/,
    });
  }
});

Deno.test("block() refuses what is no block, and says why", () => {
  const t0 = Date.UTC(2026, 0);
  throws(() => block({ t0: NaN, dt: 1, values: [] }), { message: /^Cannot make a block with t0 NaN/ });
  for (const dt of [0, -1, NaN, Infinity]) {
    throws(() => block({ t0, dt, values: [] }), {
      message: `Cannot make a block with dt ${dt}: it must be a positive number of milliseconds`,
    });
  }
  throws(() => block({ t0, dt: 1, values: { x: [1], y: [1, 2] } }), {
    message: /its channels must have one length, found 1, 2/,
  });
  throws(() => block({ t0, dt: 1e15, values: [1, 2] }), { message: /^Cannot make a block that ends at/ });
  for (const values of [undefined, {}, { x: 1 }, 5] as never[]) throws(() => block({ t0, dt: 1, values }), TypeError);
});
