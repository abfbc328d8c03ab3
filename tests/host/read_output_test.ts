import { deepStrictEqual as equal } from "node:assert/strict";
import { readOutput } from "../../lib/host/read_output.ts";
import { pipe } from "../support/pipe.ts";

const never = new AbortController().signal;
const EVENTS = { line: () => {}, lastLine: () => {}, dropped: () => {} };

Deno.test("readOutput() returns each line, also one without an end, and one that is too long", async (test) => {
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
      await readOutput(pipe(bytes, [3, 1, 1, 1, 1]), { ...EVENTS, line: (line) => lines.push(line) }, never);
      equal(lines.join("\n"), expected.join("\n"));
    });
  }
});

Deno.test("readOutput() cuts a line without an end into pieces", async () => {
  const sizes: number[] = [];
  const bytes = new Uint8Array(100_000).fill(120);
  let dropped = 0;
  await readOutput(pipe(bytes, Array(90).fill(1000)), {
    ...EVENTS,
    line: ({ length }) => sizes.push(length),
    dropped: (_, bytes) => dropped += bytes,
  }, never);
  equal(sizes.reduce((sum, size) => sum + size, 0) + dropped, 100_000);
  equal(Math.max(...sizes) < 10_000, true);
});

/** Hands over the same chunk again and again, as fast as it is read. */
function endless(chunk: Uint8Array, times: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = times;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      controller.enqueue(chunk.slice());
      if (--left > 0) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

Deno.test("output without end: each second a few lines are read, the rest is counted and dropped, and its end is kept", async (test) => {
  const CHUNK = 64 * 1024;
  const floods: [what: string, bytes: Uint8Array][] = [
    ["lines of one byte", new Uint8Array(CHUNK).map((_, i) => i % 2 ? 10 : 121)],
    ["empty lines", new Uint8Array(CHUNK).fill(10)],
    ["no line ends", new Uint8Array(CHUNK).fill(120)],
    ["NULs", new Uint8Array(CHUNK)],
    ["marks", new Uint8Array(CHUNK).fill(1)],
    ["progress bars", new Uint8Array(CHUNK).fill(13)],
    ["no UTF-8", new Uint8Array(CHUNK).fill(0xff)],
  ];
  for (const [what, chunk] of floods) {
    await test.step(what, async () => {
      let lines = 0;
      let bytes = 0;
      let dropped = 0;
      await readOutput(endless(chunk, 90), {
        line: (line) => (lines++, bytes += line.length),
        lastLine: () => {},
        dropped: (_, bytes) => dropped += bytes,
      }, never);
      // By the second; the test runs in one or two.
      equal([lines <= 2_000, bytes <= 400_000, bytes + dropped <= 90 * CHUNK], [true, true, true]);
    });
  }
});

Deno.test("the last line of a flood is kept, because it may say why the process exits", async () => {
  const last: string[] = [];
  const flood = new Uint8Array(2_000_000).map((_, i) => i % 2 ? 10 : 121);
  flood.set(new TextEncoder().encode("\nerror: no such card\n"), flood.length - 21);
  await readOutput(pipe(flood), { ...EVENTS, lastLine: (line) => last.push(line) }, never);
  equal(last.at(-1), "error: no such card");
});
