import assert from "node:assert/strict";
import fc from "fast-check";
import { dateOf, TIME_STEPS, timeLabels, timeMarks } from "../../web/chart/time_axis.ts";
import { dateAndTime, offsetAt, offsetName, timestampIn, zone } from "../../web/words/times.ts";

const START = Date.UTC(2026, 10, 26, 7, 54, 7) / 1000;
const DAY = 86_400;

/** Central Europe in 2026: the clock goes from 2:00 to 3:00 on 29 March, and from 3:00 to 2:00 on 25 October. */
const berlin = (time: number) =>
  time >= Date.UTC(2026, 2, 29, 1) / 1000 && time < Date.UTC(2026, 9, 25, 1) / 1000 ? 7200 : 3600;

/** The smallest step that leaves at most eleven marks. */
const stepFor = (span: number) => TIME_STEPS.find((step) => span / step <= 11)!;

Deno.test("the labels of ten minutes are whole minutes, and none is cut to a false one", () => {
  const marks = timeMarks(START, START + 600, 120, () => 0);
  assert.deepEqual(timeLabels(marks, 120, () => 0), ["07:56", "07:58", "08:00", "08:02", "08:04"]);
});

Deno.test("whatever the window and the zone, each label is the time of its mark, at a multiple of the step", () => {
  const offset = fc.constantFrom(-12, -3.5, 0, 1, 5.5, 5.75, 14).map((hours) => hours * 3600);
  const from = fc.double({ min: START - 400 * DAY, max: START, noNaN: true });
  const span = fc.double({ min: Math.log(0.05), max: Math.log(300 * DAY), noNaN: true }).map(Math.exp);
  fc.assert(fc.property(from, span, offset, (from, span, offset) => {
    const step = stepFor(span);
    const marks = timeMarks(from, from + span, step, () => offset);
    const labels = timeLabels(marks, step, () => offset);
    assert.ok(marks.length >= Math.floor(span / step) && marks.length <= 12, `${marks.length} marks`);
    for (const [i, mark] of marks.entries()) {
      assert.ok(mark >= from && mark <= from + span);
      if (i > 0) assert.ok(Math.abs(mark - marks[i - 1] - step) < step * 1e-2, `${mark - marks[i - 1]} for ${step}`);
      const local = new Date(Math.round((mark + offset) * 1e4) / 10);
      const [time, fraction = ""] = labels[i].split(".");
      const written = local.toISOString().slice(11, 19);
      if (/[A-Z]/.test(time)) assert.equal(written, "00:00:00");
      else if (time.length === 5) assert.equal(written, `${time}:00`);
      else assert.equal(written, time);
      const millis = String(Math.round((mark + offset) * 1e4) % 1e4).padStart(4, "0");
      assert.equal(millis.slice(0, fraction.length).padEnd(4, "0"), millis);
    }
    if (span < DAY / 2) assert.equal(new Set(labels).size, labels.length);
  }));
});

Deno.test("where summer time begins or ends, marks stay at the hours of the zone", () => {
  for (const day of [Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 9, 24, 22)]) {
    for (const step of [900, 3600, 3 * 3600, 6 * 3600, 12 * 3600]) {
      const marks = timeMarks(day / 1000, day / 1000 + 4 * DAY, step, berlin);
      for (const mark of marks) assert.equal((mark + berlin(mark)) % step, 0, `${mark} in steps of ${step}`);
      assert.deepEqual(marks, marks.toSorted((a, b) => a - b));
    }
  }
  assert.equal(
    dateOf(Date.UTC(2026, 9, 24) / 1000, Date.UTC(2026, 9, 26) / 1000, berlin, offsetName),
    "2026-10-24 to 2026-10-26, UTC+02:00 to UTC+01:00",
  );
});

Deno.test("the page and its tables have one zone, with its offset", () => {
  assert.equal(offsetName(0), "UTC");
  assert.equal(offsetName(-12_600), "UTC-03:30");
  assert.equal(offsetAt(START, "UTC"), 0);
  assert.equal(timestampIn("2026-11-26T07:54:07.123456Z", "UTC"), "2026-11-26T07:54:07.123456Z");
  const local = timestampIn("2026-11-26T07:54:07.123456Z", "local");
  assert.match(local, /^2026-11-2\dT\d\d:\d\d:07\.123456[+-]\d\d:\d\d$/);
  assert.equal(Date.parse(local), Date.UTC(2026, 10, 26, 7, 54, 7, 123));
  zone.value = "UTC";
  assert.equal(dateAndTime(START * 1000), "2026-11-26 07:54:07");
  zone.value = "local";
});
