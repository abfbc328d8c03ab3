import { equal, throws } from "node:assert/strict";
import { parseTemplate } from "../../lib/declared/format_spec.ts";
import type { Raw } from "../../lib/declared/transport.ts";

for (
  const [template, value, text] of [
    ["VOLT {}", 5, "VOLT 5"],
    ["VOLT {}", 1e-7, "VOLT 1e-7"],
    ["VOLT {:.3f}", 5, "VOLT 5.000"],
    ["VOLT {:.3f}", -0.0004, "VOLT -0.000"],
    ["{:+.2e}", 12345, "+1.23e+04"],
    ["{:E}", 1.5, "1.500000E+00"],
    ["{:g}", 0.1 + 0.2, "0.3"],
    ["{:.3g}", 1234.5, "1230"],
    ["{:05d}", 42, "00042"],
    ["{:05d}", -42, "-0042"],
    ["{:6.1f}|", 3, "   3.0|"],
    ["{:d}", 1234567890123, "1234567890123"],
    ["{:d}", 1e21, "1000000000000000000000"],
    ["{:.1f}", -1e21, "-1000000000000000000000.0"],
    ["{:.1f}", [1, 2.25], "1.0,2.3"],
    ["{:x}", 255, "ff"],
    ["{:04X}", 255, "00FF"],
    ["OUTP {}", true, "OUTP 1"],
    ["FUNC {}", "VOLT", "FUNC VOLT"],
    ["{:4s}|", "ab", "ab  |"],
    ['{{"on": {}}}', false, '{"on": 0}'],
  ] as [string, Raw, string][]
) {
  Deno.test(`${template} of ${JSON.stringify(value)} is ${text}`, () =>
    equal(parseTemplate(template).format(value), text));
}

for (const template of ["VOLT", "VOLT {} {}", "VOLT {", "VOLT }", "{:.3q}", "{name}", "{0:d}", ""]) {
  Deno.test(`${JSON.stringify(template)} is no template`, () => {
    throws(() => parseTemplate(template), /one place for the value/);
  });
}
