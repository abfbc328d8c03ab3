import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Printer } from "../../../lib/cli/serve/printer.ts";
import { fakeTime } from "../../support/time.ts";

/** Somebody who reads when the test says so, and at most `atOnce` bytes. */
function reader(atOnce = Infinity) {
  const asked: (() => void)[] = [];
  const read: string[] = [];
  const decoder = new TextDecoder();
  return {
    read,
    out: {
      async write(bytes: Uint8Array) {
        await new Promise<void>((resolve) => asked.push(resolve));
        return this.writeSync(bytes);
      },
      writeSync(bytes: Uint8Array) {
        const taken = bytes.subarray(0, atOnce);
        read.push(decoder.decode(taken, { stream: true }));
        return taken.length;
      },
    },
    /** Reads what is offered, until nothing is. */
    async readOn() {
      for (let next; (next = asked.shift());) {
        next();
        for (let i = 0; i < 10; i++) await Promise.resolve();
      }
    },
  };
}

const nobody = () => {
  throw new Error("nothing was dropped");
};

Deno.test("what is printed comes out whole and in order, however little is taken at once", async () => {
  const { read, out, readOn } = reader(3);
  const printer = new Printer(out, nobody);
  for (const line of ["one\n", "two, größer\n", "three\n"]) printer.print(line);
  await readOn();
  equal(read.join(""), "one\ntwo, größer\nthree\n");
});

Deno.test("printing never waits: what comes meanwhile leaves together", async () => {
  const { read, out, readOn } = reader();
  const printer = new Printer(out, nobody);
  for (const line of ["a\n", "b\n", "c\n"]) printer.print(line);
  equal(read, []);
  await readOn();
  equal(read, ["a\n", "b\nc\n"]);
});

Deno.test("into a file a line is out at once, so that a sudden end loses none", () => {
  const { read, out } = reader(3);
  new Printer(out, nobody, { isFile: true }).print("last words\n");
  equal(read.join(""), "last words\n");
});

Deno.test("while nobody reads, memory is bounded, and later it is said how many lines are missing", async () => {
  const { read, out, readOn } = reader();
  let dropped = 0;
  const printer: Printer = new Printer(out, (count) => {
    dropped += count;
    printer.print(`${count} missing\n`);
  });
  const line = "x".repeat(1023) + "\n";
  for (let i = 0; i < 2000; i++) printer.print(line);
  await readOn();
  const text = read.join("");
  const lines = text.split("\n").filter((it) => it.startsWith("x")).length;
  equal(lines + dropped, 2000);
  ok(text.endsWith(`${dropped} missing\n`) && dropped > 1000);
});

Deno.test("when its reader has gone, nothing happens", async () => {
  const fail = () => {
    throw new Error("broken pipe");
  };
  const printer = new Printer({ write: () => Promise.try(fail), writeSync: fail }, nobody);
  printer.print("a\n");
  await printer.flush(1000);
  printer.print("b\n");
  await printer.flush(1000);
});

Deno.test("flush waits for the last line, but not for a reader who reads nothing", async () => {
  using time = fakeTime();
  const { read, out, readOn } = reader();
  const printer = new Printer(out, nobody);
  await printer.flush(500);
  printer.print("last\n");
  const flushed = printer.flush(500);
  await time.tick(499);
  equal(read, []);
  await time.tick(1);
  await flushed;
  await readOn();
  equal(read, ["last\n"]);
});
