import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, isDuration, parseDuration } from "../../lib/format/duration.ts";

Deno.test("parseDuration() reads each unit, with and without a space, in whole milliseconds", () => {
  const cases: [string, number][] = [
    ["500ms", 500],
    ["10s", 10_000],
    ["2min", 120_000],
    ["1h", 3_600_000],
    ["1.5 s", 1_500],
    ["0s", 0],
    ["1.1s", 1_100],
  ];
  assert.deepEqual(cases.map(([text]) => parseDuration(text)), cases.map(([, ms]) => ms));
});

Deno.test("parseDuration() refuses a text that is no duration, and names its units", () => {
  for (
    const text of [
      "10 parsecs",
      "5m",
      "500",
      "",
      "s",
      "-1s",
      "+1s",
      "1e3s",
      ".5s",
      "1s 2ms",
      " 1s",
      "1S",
      "NaNs",
      "1s\n",
    ]
  ) {
    assert.equal(isDuration(text), false, text);
    assert.throws(() => parseDuration(text), {
      code: "InvalidRequest",
      message: 'Cannot read a duration: expected a duration with its unit (ms, s, min or h), such as "500ms", "10s", ' +
        `"2min" or "1h", found ${JSON.stringify(text)}`,
    });
  }
});

Deno.test("formatDuration() uses the largest unit that needs no fraction", () => {
  const cases: [number, string][] = [[0, "0ms"], [500, "500ms"], [90_000, "90s"], [120_000, "2min"], [7_200_000, "2h"]];
  assert.deepEqual(cases.map(([ms]) => formatDuration(ms)), cases.map(([, text]) => text));
});

Deno.test("parseDuration() reads back every duration that formatDuration() writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  fc.assert(
    fc.property(fc.nat(10_000), (hours) => parseDuration(formatDuration(hours * 3_600_000)) === hours * 3_600_000),
  );
});
