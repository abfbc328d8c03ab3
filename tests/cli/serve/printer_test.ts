import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MAX_WAITING_BYTES, Printer } from "../../../lib/cli/serve/printer.ts";
import { fakeTime } from "../../support/time.ts";

/** A reader that reads at the test's request, at most `atOnce` bytes. */
function reader(atOnce = Infinity) {
  const asked: (() => void)[] = [];
  const read: string[] = [];
  const decoder = new TextDecoder();
  return {
    read,
    out: {
      async write(bytes: Uint8Array) {
        await new Promise<void>((resolve) => asked.push(resolve));
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

const failIfDropped = () => {
  throw new Error("nothing was dropped");
};

Deno.test("lines are written whole and in order, also in small writes", async () => {
  const { read, out, readOn } = reader(3);
  const printer = new Printer(out, failIfDropped);
  for (const line of ["one\n", "two, größer\n", "three\n"]) printer.print(line);
  await readOn();
  equal(read.join(""), "one\ntwo, größer\nthree\n");
});

Deno.test("printing never waits: lines during a write go out together", async () => {
  const { read, out, readOn } = reader();
  const printer = new Printer(out, failIfDropped);
  for (const line of ["a\n", "b\n", "c\n"]) printer.print(line);
  equal(read, []);
  await readOn();
  equal(read, ["a\n", "b\nc\n"]);
});

Deno.test("a blocked output has bounded memory, and the number of dropped lines is reported later", async () => {
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

Deno.test("a line is handed to the operating system before print returns, so that a killed daemon has written it", () => {
  const handed: string[] = [];
  const out = {
    write: (bytes: Uint8Array) => (handed.push(new TextDecoder().decode(bytes)), new Promise<number>(() => {})),
  };
  new Printer(out, failIfDropped).print("last line\n");
  equal(handed, ["last line\n"]);
});

Deno.test("what waits for a blocked output is bounded in bytes, whatever the characters", async () => {
  const { read, out, readOn } = reader();
  const printer = new Printer(out, () => {});
  for (let i = 0; i < 3000; i++) printer.print("Ω".repeat(511) + "\n");
  await readOn();
  const bytes = new TextEncoder().encode(read.join("")).length;
  ok(bytes <= MAX_WAITING_BYTES && bytes > MAX_WAITING_BYTES - 1024, `${bytes}`);
});

Deno.test("lines that a full disk refused are counted, and reported when there is room again", async () => {
  let isFull = true;
  let disk = "";
  const out = {
    write(bytes: Uint8Array) {
      if (isFull) return Promise.reject(new Error("No space left on device"));
      disk += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const printer: Printer = new Printer(out, (count) => {
    printer.print(`${count} missing\n`);
  });
  for (const line of ["a\n", "b\n"]) printer.print(line);
  await printer.flush(1000);
  printer.print("c\n");
  await printer.flush(1000);
  isFull = false;
  printer.print("d\n");
  await printer.flush(1000);
  // Of the lines on the full disk one is the first report.
  equal(disk, "4 missing\nd\n");
});

Deno.test("a closed pipe is no error", async () => {
  const printer = new Printer({ write: () => Promise.reject(new Error("broken pipe")) }, () => {});
  printer.print("a\n");
  await printer.flush(1000);
  printer.print("b\n");
  await printer.flush(1000);
});

Deno.test("flush waits for the last line, at most for its limit", async () => {
  using time = fakeTime();
  const { read, out, readOn } = reader();
  const printer = new Printer(out, failIfDropped);
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
