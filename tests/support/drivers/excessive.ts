import { defineDriver, every, LabError } from "labdaemon/driver";
import { writeSync } from "node:fs";
import { z } from "zod";

const CHUNK = 64 * 1024;
const LINES = new Uint8Array(CHUNK).map((_, i) => i % 2 ? 10 : 121);
const NULS = new Uint8Array(CHUNK);
const NO_END = new Uint8Array(CHUNK).fill(120);

/** Writes until the pipe is full, again and again, and answers all the same. */
async function* chatters(signal: AbortSignal, fd: number, chunk: Uint8Array) {
  let n = 0;
  for await (const _ of every(10, signal)) {
    writeSync(fd, chunk);
    yield n++;
  }
}

async function* counts(signal: AbortSignal) {
  let n = 0;
  for await (const _ of every(10, signal)) yield n++;
}

const eaten: Uint8Array[] = [];

/** All that a driver can do too much of. */
const streams: Record<string, (signal: AbortSignal) => AsyncGenerator<unknown>> = {
  lines: (signal) => chatters(signal, 1, LINES),
  nuls: (signal) => chatters(signal, 2, NULS),
  no_end: (signal) => chatters(signal, 2, NO_END),
  async *program(signal) {
    new Deno.Command("yes", { args: ["y"], stdout: "inherit", clearEnv: true }).spawn();
    yield* counts(signal);
  },
  async *large_sample(signal) {
    let n = 0;
    for await (const _ of every(10, signal)) yield n++ === 3 ? "x".repeat(70_000_000) : n;
  },
  // deno-lint-ignore require-yield
  async *large_error() {
    const error = new LabError("DriverError", "no cable ".repeat(3_000_000), {
      type: "T".repeat(1_000_000),
      context: { lines: Array.from({ length: 10_000 }, (_, i) => `${i} `.repeat(100)) },
    });
    throw error;
  },
  // deno-lint-ignore require-yield
  async *odd_error() {
    throw Object.defineProperties(new Error(), {
      message: { get: () => ({ toString: 5 }) },
      name: {
        get() {
          throw new Error("no name");
        },
      },
    });
  },
  async *memory(signal) {
    Deno.memoryUsage = () => ({ rss: 1, heapTotal: 1, heapUsed: 1, external: 1 });
    for await (const n of counts(signal)) {
      // Step by step: the process answers its heartbeat on a busy machine, too.
      if (eaten.length < 100) eaten.push(new Uint8Array(4 * 1024 * 1024).fill(1));
      yield n;
    }
  },
};

/** Does too much of something while it streams. */
export default defineDriver({
  name: "Excessive",
  params: z.object({ what: z.enum(Object.keys(streams) as [string]) }),
  permissions: ({ what }) => what === "program" ? { run: ["yes"] } : {},
  create: ({ what }) => ({ stream: (signal: AbortSignal) => streams[what](signal) }),
});
