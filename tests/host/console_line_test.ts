import { deepStrictEqual as equal } from "node:assert/strict";
import { readLines } from "../../lib/host/console_line.ts";
import { pipe } from "../support/pipe.ts";

Deno.test("readLines() returns each line, also one without an end, and one that is too long", async (test) => {
  const cases: [text: string, lines: string[]][] = [
    ["", []],
    ["one\ntwo\n", ["one", "two"]],
    ["one\n\nµ", ["one", "µ"]],
    ["10%\r20%\r\nµ\r", ["10%", "20%", "µ"]],
    ["so far\x01ione\n\x01i\n", ["so far", "\x01ione", "\x01i"]],
    ["x".repeat(10_000), ["x".repeat(10_000)]],
  ];
  for (const [text, expected] of cases) {
    await test.step(JSON.stringify(text.slice(0, 20)), async () => {
      const lines: string[] = [];
      const bytes = new TextEncoder().encode(text);
      await readLines(pipe(bytes, [3, 1, 1, 1, 1]), (line) => lines.push(line), new AbortController().signal);
      equal(lines.join("\n"), expected.join("\n"));
    });
  }
});

Deno.test("readLines() cuts a line without an end into pieces", async () => {
  const sizes: number[] = [];
  const bytes = new Uint8Array(100_000).fill(120);
  await readLines(pipe(bytes, Array(100).fill(1000)), ({ length }) => sizes.push(length), new AbortController().signal);
  equal(sizes.reduce((sum, size) => sum + size, 0), 100_000);
  equal(Math.max(...sizes) < 10_000, true);
});
