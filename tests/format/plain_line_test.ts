import { equal } from "node:assert/strict";
import { plainLine } from "../../lib/format/plain_line.ts";

Deno.test("plainLine() removes escape sequences, replaces control characters and keeps tabs", () => {
  const cases: [line: string, plain: string][] = [
    ["\x1b[32mgreen\x1b[0m\tand\x07", "green\tand·"],
    ["\x1b]8;;http://a.b/c?x=1\x07link\x1b]8;;\x07", "link"],
    ["\x1b]0;title\x1b\\text", "text"],
    ["\x1b[2K\x1b[1Aab", "ab"],
    ["\x9b31mred", "red"],
    ["plain [1;2] text", "plain [1;2] text"],
    ["a\x1b", "a·"],
  ];
  for (const [line, plain] of cases) equal(plainLine(line), plain);
});
