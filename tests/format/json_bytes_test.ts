import { equal } from "node:assert/strict";
import { isJsonValue, isJsonValueInSteps, STEP_BYTES } from "../../lib/format/json_bytes.ts";

const encoder = new TextEncoder();

/** What may stand in a text without an end to it, and what may not; each is looked for at every place of a word. */
const INSIDE = ["é", "\\n", '\\"', "\\\\", "[", "}", "\u007f", "日本", "😀", " ", "!", "#", "]"];
const OUTSIDE = ['"', "\n", "\u0000", "\u001f", '","a":"', '"]', "\\"];

/** Bytes that begin at a place of a word. */
function shifted(text: string, shift: number): Uint8Array {
  const bytes = encoder.encode(text);
  const whole = new Uint8Array(bytes.length + shift);
  whole.set(bytes, shift);
  return whole.subarray(shift);
}

function inSteps(bytes: Uint8Array): boolean {
  const steps = isJsonValueInSteps(bytes, 0, bytes.length);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

Deno.test("a long text is one value as long as nothing in it ends it, wherever that stands", () => {
  for (const special of ["", ...INSIDE, ...OUTSIDE]) {
    for (const before of [0, 1, 2, 3, 250, 257, 262, 263, 4_500]) {
      for (const shift of [0, 1, 2, 3]) {
        const text = `"${"x".repeat(before)}${special}${"y".repeat(5_000)}"`;
        // A backslash alone escapes the character behind it.
        const isValue = special === "" || special === "\\" || INSIDE.includes(special);
        const bytes = shifted(text, shift);
        equal(isJsonValue(bytes, 0, bytes.length), isValue, JSON.stringify({ special, before, shift }));
      }
    }
  }
});

Deno.test("a text of several steps is checked as a short one is, wherever something ends it", () => {
  for (const special of ["", ...INSIDE, ...OUTSIDE]) {
    for (const before of [0, 5, STEP_BYTES - 2, STEP_BYTES - 1, STEP_BYTES + 3]) {
      const isValue = special === "" || special === "\\" || INSIDE.includes(special);
      const bytes = shifted(`"${"x".repeat(before)}${special}${"y".repeat(2 * STEP_BYTES)}"`, 1 + before % 4);
      equal(inSteps(bytes), isValue, JSON.stringify({ special, before }));
    }
  }
});
