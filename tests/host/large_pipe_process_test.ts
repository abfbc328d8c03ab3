import { deepStrictEqual as equal } from "node:assert/strict";
import { LargePipe } from "../../lib/host/protocol/large_pipe.ts";

const KIB = 1024;

/** `F_GETPIPE_SZ`. */
const GET_SIZE = 1032;

/** A process with a pipe as a driver's has it, and the size of that in bytes. */
function startProcess() {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", "exec sleep 60 3>&1 1>&2"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  return {
    pid: child.pid,
    size(): number {
      const library = Deno.dlopen("libc.so.6", {
        open: { parameters: ["buffer", "i32"], result: "i32" },
        fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
        close: { parameters: ["i32"], result: "i32" },
      });
      const { open, fcntl, close } = library.symbols;
      // `O_NONBLOCK`.
      const pipe = open(new TextEncoder().encode(`/proc/${child.pid}/fd/3\0`), 0o4000);
      const size = fcntl(pipe, GET_SIZE, 0);
      close(pipe);
      library.close();
      return size;
    },
    /** Resolves when the pipe is where a driver's process has it. */
    async started(): Promise<void> {
      while (!(await Deno.readTextFile(`/proc/${child.pid}/comm`)).startsWith("sleep")) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.stdout.cancel();
      await child.status;
    },
  };
}

/** Packets of one size. */
function take(pipe: LargePipe, count: number, bytes: number): void {
  for (let i = 0; i < count; i++) pipe.took(bytes);
}

Deno.test({
  name: "the pipe of a process that sends large packets becomes large; that of any other stays as it is",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using child = startProcess();
    await child.started();
    using pipe = new LargePipe(child.pid);
    take(pipe, 1_000, 64 * KIB);
    take(pipe, 9, 350 * KIB);
    equal(child.size(), 64 * KIB);
    take(pipe, 1, 350 * KIB);
    equal(child.size(), 1024 * KIB);
  },
});

Deno.test({
  name: "only some processes at a time have a large pipe, so that other programs of the user keep theirs",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using stack = new AsyncDisposableStack();
    const children = Array.from({ length: 17 }, () => stack.use(startProcess()));
    for (const child of children) await child.started();
    const pipes = children.map(({ pid }) => stack.use(new LargePipe(pid)));
    for (const pipe of pipes) take(pipe, 10, 350 * KIB);
    equal(children.filter((child) => child.size() === 1024 * KIB).length, 16);
    // Of one that has ended, another one has the place.
    pipes[0][Symbol.dispose]();
    await using last = startProcess();
    await last.started();
    using pipe = new LargePipe(last.pid);
    take(pipe, 10, 350 * KIB);
    equal(last.size(), 1024 * KIB);
  },
});

Deno.test("a process that has ended has no pipe to make large", async () => {
  const child = startProcess();
  await child[Symbol.asyncDispose]();
  using pipe = new LargePipe(child.pid);
  take(pipe, 20, 350 * KIB);
});
