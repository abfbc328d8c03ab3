import { deepStrictEqual as equal, match } from "node:assert/strict";
import { textLine } from "../../lib/log/text_line.ts";
import { record } from "../support/log.ts";

const plain = textLine({ color: false, date: false });

Deno.test("a line has time, level, label and message", () => {
  const state = plain(record("device", "warning", "retrying", { device_id: "psu1", state: "retrying" }));
  match(state, /^\d\d:\d\d:\d\d WRN psu1 {6}retrying\n$/);
  match(plain(record("drivers", "error", "bad.ts: no")), / ERR drivers {3}bad\.ts: no\n$/);
});

Deno.test("a driver's output stands behind a bar, under its device's name", () => {
  match(plain(record("console", "info", "warming up", { device_id: "daq1" })), / INF daq1 {4}│ warming up\n$/);
});

Deno.test("a request's line ends with its id, and a defect's stack stands below", () => {
  const cause = new TypeError("x is undefined");
  const line = plain(record("http", "error", "GET /: 500", { request_id: "k3f9", cause }));
  match(line, /^\S+ ERR http {6}GET \/: 500 \[k3f9\]\n {4}TypeError: x is undefined\n {8}at .*text_line_test/);
});

Deno.test("a line has the date in a file, and colours only on a terminal", () => {
  const it = record("device", "info", "connected", { device_id: "daq1" });
  match(textLine({ color: false, date: true })(it), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INF /);
  equal([plain(it), textLine({ color: true, date: false })(it)].map((text) => text.includes("\x1b[")), [false, true]);
});

Deno.test("a message can neither control the terminal nor forge a line", () => {
  for (const color of [false, true]) {
    const line = textLine({ color, date: false });
    const evil = "\x1b[2J\u202e\u2066\x07\x9b\r\n10:00:00 INF daq1      all is well";
    const text = line(record("http", "info", evil, { device_id: "\x1b[31mdaq1\n", request_id: "a\nb" }));
    const own = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m"];
    const rest = own.reduce((rest, code) => rest.replaceAll(code, color ? "" : code), text);
    equal(rest.replaceAll("\n", "").match(/[\p{Cc}\u202e\u2066]/gu), null);
    for (const each of text.trimEnd().split("\n").slice(1)) match(each, /^ {4}/);
  }
});

Deno.test("tabs stay and colours go in a driver's output", () => {
  const line = plain(record("console", "info", "volts\tamps\x1b[32m\tgreen\x1b[0m", { device_id: "daq1" }));
  match(line, / │ volts\tamps\tgreen\n$/);
});
