import { deepEqual, equal } from "node:assert/strict";
import { Outlet, type Sink } from "../../../lib/cli/terminal/outlet.ts";

/** A pipe whose reader takes one write at a time, at the test's request. */
function pipe() {
  const writes: string[] = [];
  let taken = Promise.withResolvers<void>();
  const sink: Sink = {
    isTerminal: false,
    size: () => ({ columns: 80, rows: 24 }),
    write: (bytes) => {
      writes.push(new TextDecoder().decode(bytes));
      return taken.promise;
    },
  };
  return {
    sink,
    writes,
    take: () => {
      taken.resolve();
      taken = Promise.withResolvers();
    },
    leave: () => taken.reject(new Error("Broken pipe")),
  };
}

Deno.test("text during a write goes out with the next one", async () => {
  const { sink, writes, take } = pipe();
  const out = new Outlet(sink);
  for (const line of ["a", "b", "c"]) await out.print(line);

  take();
  const flushed = out.flush();
  await Promise.resolve();
  take();
  await flushed;

  deepEqual(writes, ["a\n", "b\nc\n"]);
});

Deno.test("a writer that is faster than the reader waits, with at most 64 kB buffered", async () => {
  const { sink, take } = pipe();
  const out = new Outlet(sink);
  const kilobyte = "x".repeat(1024);
  let written = 0;
  const writing = (async () => {
    while (written < 100) {
      await out.write(kilobyte);
      written++;
    }
  })();
  for (let turn = 0; turn < 1000; turn++) await Promise.resolve();

  // One is under way, 64 wait, and the writer stands with the next.
  equal(written, 65);
  const taking = setInterval(take);
  await writing;
  await out.flush();
  clearInterval(taking);
  equal(written, 100);
});

Deno.test("a closed pipe aborts the signal closed, and writers do not wait", async () => {
  const { sink, leave } = pipe();
  const out = new Outlet(sink);
  await out.print("a");
  leave();
  await out.flush();

  equal(out.closed.aborted, true);
  await out.write("x".repeat(100_000));
  await out.flush();
});

Deno.test("a terminal gets colours and no other control characters, whatever a driver's error has", () => {
  const { sink, writes } = pipe();
  const line = "\x1b[31mCannot get\x1b[39m \x1b[2J\x1b]0;title\x07\x9b2J\u202e\ta";
  new Outlet({ ...sink, isTerminal: true }).print(line);
  new Outlet(sink).print("\x1b[2J");
  deepEqual(writes, ["\x1b[31mCannot get\x1b[39m ·[2J·]0;title··2J·\ta\n", "\x1b[2J\n"]);
});
