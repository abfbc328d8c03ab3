/**
 * A reader in a process of its own, so that a test can stop it: reads a stream up to the sample `last`, and prints what it
 * got as JSON. Prints a line "reading" when the first sample is there.
 *
 * Arguments: the URL, and `last`.
 */
const [url, last] = Deno.args;
const gaps: { from: number; to: number; lost: number; reason: string }[] = [];
let first: number | undefined;
let next = 0;
let received = 0;
let broken = 0;
let rest = "";

const response = await fetch(url);
for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    if (!line.startsWith("data: ")) continue;
    if (line.includes('"event":"gap"')) {
      const gap = JSON.parse(line.slice(6));
      if (gap.from !== next) broken++;
      next = gap.to + 1;
      gaps.push(gap);
    }
    const match = /"event":"device_data".*?"sequence":(\d+)/.exec(line);
    if (!match) continue;
    const sequence = Number(match[1]);
    if (first === undefined) {
      first = next = sequence;
      console.log("reading");
    }
    if (sequence !== next) broken++;
    next = sequence + 1;
    received++;
  }
  if (next > Number(last)) break;
}
console.log(JSON.stringify({ first, next, received, broken, gaps }));
Deno.exit(0);
