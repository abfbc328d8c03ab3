import { deepStrictEqual as equal } from "node:assert/strict";
import { matches, type Sort, sorted } from "../../web/bench/select.ts";
import { isFound } from "../../web/recordings/find_recording.ts";
import { dateAndTime } from "../../web/words/times.ts";

const device = (
  device_id: string,
  device_type: string,
  state: "streaming" | "faulted" | "disconnected",
  disabled = false,
) => ({
  ...{ device_id, device_type, state, disabled },
});
const DEVICES = [
  device("psu10", "Supply", "streaming"),
  device("daq1", "DAQ", "disconnected", true),
  device("psu2", "Supply", "faulted"),
];

Deno.test("devices are sorted by name with their numbers, by driver, and by state with problems first", () => {
  const ids = (by: Sort) => sorted(DEVICES, by).map(({ device_id }) => device_id);
  equal(ids("bench"), ["psu10", "daq1", "psu2"]);
  equal(ids("name"), ["daq1", "psu2", "psu10"]);
  equal(ids("driver"), ["daq1", "psu10", "psu2"]);
  equal(ids("state"), ["psu2", "psu10", "daq1"]);
});

Deno.test("a search finds devices by the words of their name, driver and state", () => {
  const found = (search: string) =>
    DEVICES.filter((it) => matches(it, search, false)).map(({ device_id }) => device_id);
  equal([found(""), found("SUPPLY fault"), found("disabled"), found("laser")], [
    ["psu10", "daq1", "psu2"],
    ["psu2"],
    ["daq1"],
    [],
  ]);
});

Deno.test("a search finds recordings by name, day, device and note", () => {
  const run = {
    ...{ name: "run 42", started_at: "2026-11-25T14:03:44.5Z" },
    contents: [{ device_id: "psu1", samples: 1, lost: 0, bytes: 1 }],
    notes: [{ at: "2026-11-25T14:04:00Z", text: "Lid open" }],
  };
  const day = dateAndTime(Date.parse(run.started_at)).slice(0, 10);
  const found = (search: string) => isFound(run, search);
  equal(["", "RUN 4", ` ${day} `, "psu1", "lid"].map(found), [true, true, true, true, true]);
  equal(["run 43", "1999-11-24", "psu2"].map(found), [false, false, false]);
});
