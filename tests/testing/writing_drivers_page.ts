import { ok } from "node:assert/strict";

/** The text of docs/writing-drivers.md. */
export const page = await Deno.readTextFile(new URL("../../docs/writing-drivers.md", import.meta.url));

/** Its code blocks in a language, in order. */
export const blocks = (language: string) =>
  Array.from(page.matchAll(RegExp(`^\`\`\`${language}\\b[^\\n]*\\n(.*?)^\`\`\`$`, "gms")), ([, code]) => code);

/** The code block that holds `text`. */
export function blockWith(language: string, text: string): string {
  const found = blocks(language).find((code) => code.includes(text));
  ok(found, `docs/writing-drivers.md has no ${language} block with ${text}`);
  return found;
}

/** The driver that the page explains, and its test. */
export const powerMeter = () => ({
  "power_meter.ts": blockWith("ts", 'name: "PowerMeter"'),
  "power_meter_test.ts": blockWith("ts", 'from "./power_meter.ts"'),
});
