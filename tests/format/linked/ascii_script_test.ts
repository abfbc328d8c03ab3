/** A script in ASCII alone. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { asciiScript } from "../../../lib/format/linked/ascii_script.ts";
import { linkedScript } from "../../../lib/format/linked/linked_script.ts";

/** Evaluates a script. */
const valueOf = (script: string): unknown => new Function(`return ${script};`)();

const isAscii = (text: string) => !/[\u0080-\uffff]/.test(text);

Deno.test("any text, template and pattern of a script in ASCII is what it was", () => {
  const text = fc.string({ unit: "grapheme" }).map((it) => it.replaceAll(/[\\$`"/[\](){}*+?.^|\n\r\u2028\u2029]/g, ""));
  fc.assert(fc.property(text, (given) => {
    const script = `[/* ${given} */ ${JSON.stringify(given)}, \`${given}\`, /^(?:${given})$/u.source.length > 0, ` +
      `/^(?:${given})$/u.test(${JSON.stringify(given)}), { "${given}": 1 }]`;
    ok(isAscii(asciiScript(script)));
    equal(valueOf(asciiScript(script)), valueOf(script));
  }));
});

Deno.test("a script in which an escape would mean something else stays as it is", () => {
  for (const script of ["String.raw`5 µm`", '"\\—"']) {
    equal(asciiScript(script), script);
  }
});

Deno.test("what is removed with the types of a file leaves no other character than spaces", async () => {
  const file = 'type Unit = "µm" | "…" | "𝄞";\nexport const unit: Unit = "…";\nexport const gap = "\u2002";\n';
  const { script } = await linkedScript(new Map([["/main.ts", file]]), "/main.ts");
  equal(script.match(/[^\n -~]/gu), ["…", "\u2002"]);
});
