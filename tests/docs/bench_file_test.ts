/** Compares the reference of the bench file with its schema. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { z } from "zod";
import { BENCH_SECTIONS } from "../../lib/bench/bench_schema.ts";
import { DURATION_FORM, formatDuration } from "../../lib/format/duration.ts";

const page = await Deno.readTextFile(new URL("../../docs/bench-file.md", import.meta.url));

for (const [heading, shape] of Object.entries(BENCH_SECTIONS)) {
  Deno.test(`docs/bench-file.md has the keys, forms and defaults of "${heading}"`, () => {
    const text = page.split(/^##+ /m).find((it) => it.startsWith(`${heading}\n`) || it.startsWith(`\`${heading}\`\n`));
    const rows = [...(text ?? "").matchAll(/^\| `(\w+)`\s*\|([^|]*)\|([^|]*)\|/gm)];
    equal(
      rows.map(([, key, form, fallback]) => [key, form.trim(), fallback.trim()]),
      Object.entries(shape).map(([key, schema]) => [key, formOf(schema), defaultOf(schema)]),
    );
  });
}

/** The form of a value, as an error of the bench file says it. */
function formOf(schema: z.ZodType): string {
  const form = schema.safeParse(Symbol()).error!.issues[0].message;
  return form === DURATION_FORM ? "a duration" : form.replace(/ with keys out of .*/, "");
}

/** The value of a key that is missing. */
function defaultOf(schema: z.ZodType): string {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return "required";
  const isEmpty = ["{}", "[]", undefined].includes(JSON.stringify(data));
  if (isEmpty || data === null || data === Infinity) return "none";
  if (typeof data === "object") return "see below";
  const isDuration = schema.safeParse(Symbol()).error!.issues[0].message === DURATION_FORM;
  return `\`${isDuration ? formatDuration(data as number) : data}\``;
}
