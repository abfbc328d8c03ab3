import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { LineReader } from "../../../lib/declared/transports/lines/line_values.ts";
import { checkNmea } from "../../../lib/declared/transports/lines/nmea.ts";
import { linesValue } from "../../../lib/declared/transports/lines/schema.ts";
import type { ValueType } from "../../../lib/declared/transport.ts";

/** Reads one line by the addresses of some values. */
function read(line: string, addresses: Record<string, Record<string, unknown>>, pattern?: string) {
  const values = Object.entries(addresses).map(([name, { type = "number", ...address }]) => ({
    name,
    type: type as ValueType,
    address: linesValue.parse(address),
  }));
  return new LineReader({ pattern }, values).read(line);
}

const GGA = "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,";

for (
  const [what, line, addresses, readings, pattern] of [
    ["fields", "21.5, 40", { t: { field: 1 }, h: { field: 2 } }, { t: { raw: "21.5" }, h: { raw: "40" } }],
    ["fields by tabs", "21.5\t40", { h: { field: 2, separator: "\t" } }, { h: { raw: "40" } }],
    ["names", "T=21.5 H = 40%", { t: { key: "T" }, h: { key: "H", match: "\\d+" } }, {
      t: { raw: "21.5" },
      h: { raw: "40" },
    }],
    ["names with colons", "T: 21.5, state: ok", { s: { key: "state", type: "text" } }, { s: { raw: "ok" } }],
    ["a name that ends another", "xT=1 T=2", { t: { key: "T" } }, { t: { raw: "2" } }],
    ["JSON", '{"air":{"t":21.5}}', { t: { json: "air.t" } }, { t: { raw: 21.5 } }],
    ["groups", "temp 21.5C", { t: { group: "t" } }, { t: { raw: "21.5" } }, "temp (?<t>[-\\d.]+)C"],
    ["a match", "S S     12.34 g", { mass: { match: "([-\\d.]+) g" } }, { mass: { raw: "12.34" } }],
    ["a sign apart from its digits", "N     +   12.345 g", { mass: { match: "([-+] *[\\d.]+) g" } }, {
      mass: { raw: "+   12.345" },
    }],
    ["one sentence of several", GGA, { h: { line: "^\\$GPGGA", field: 10 }, v: { line: "^\\$GPVTG", field: 8 } }, {
      h: { raw: "545.4" },
    }],
    ["no number", "nan,1", { a: { field: 1 }, b: { field: 2 } }, { a: { raw: "nan" }, b: { raw: "1" } }],
    ["a field that is no number", "--,1", { a: { field: 1 }, b: { field: 2 } }, {
      a: { quality: 'expected a number, found "--"' },
      b: { raw: "1" },
    }],
    ["a line that is too short", "1", { a: { field: 1 }, b: { field: 2 } }, {
      a: { raw: "1" },
      b: { quality: 'expected 2 fields or more, found "1"' },
    }],
  ] as [string, string, Record<string, Record<string, unknown>>, unknown, string?][]
) {
  Deno.test(`a line is read by ${what}`, () => equal(read(line, addresses, pattern), { readings }));
}

for (
  const [line, address, problem] of [
    ["Arduino ready", { field: 1 }, 'v: expected a number, found "Arduino ready"'],
    ["H=40", { key: "T" }, '"H=40" holds none of the values'],
    ["{broken", { json: "t" }, 'v: expected JSON, found "{broken"'],
    ["21.5", { line: "^#", field: 1 }, '"21.5" holds none of the values'],
  ] as [string, Record<string, unknown>, string][]
) {
  Deno.test(`${JSON.stringify(line)} holds no value ${JSON.stringify(address)}`, () => {
    equal(read(line, { v: address }), { problem });
  });
}

Deno.test("an NMEA sentence is used only with its checksum", () => {
  equal(checkNmea(`${GGA}*47`), GGA);
  throws(() => checkNmea(`${GGA}*48`), /its checksum is 48, and that of its text 47/);
  throws(() => checkNmea(GGA), /no NMEA checksum/);
});
