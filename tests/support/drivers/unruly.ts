import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

const write = (bytes: Uint8Array) => line.write(bytes);

/** The header of a packet of 255 MiB. */
const HUGE = new Uint8Array(64 * 1024).fill(7);
HUGE.set([2, 0, 1, 0, 0, 0, 0xf0, 0x0f]);

/** Everything that a driver can do wrong. */
const ways = {
  throws() {
    throw new RangeError("out of range");
  },
  /** A promise that is not awaited. */
  rejects() {
    Promise.reject(new TypeError("uncaught rejection"));
  },
  /** In a timer, where no caller is. */
  throws_later() {
    setTimeout(() => {
      throw new TypeError("uncaught exception");
    });
  },
  never: () => new Promise<void>(() => {}),
  exits() {
    Deno.exit(3);
  },
  loops() {
    console.log("here it comes");
    for (;;);
  },
  /** As a call into an SDK that does not return: it takes no core from what runs beside it. */
  blocks() {
    console.log("here it comes");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  blocks_in_timer: () => void setTimeout(() => ways.blocks()),
  blocks_in_promise: () => void Promise.resolve().then(() => ways.blocks()),
  garbage: () => void write(new TextEncoder().encode("Hello from the SDK!\n")),
  /** The beginning of a packet that would be too large for any memory, and then more and more of it. */
  floods: () => void setInterval(() => write(HUGE)),
  async closes_its_line() {
    line.close();
    // Loaded here only: it takes a third of the time in which a process starts.
    const { Socket } = await import("node:net");
    new Socket({ fd: 3, readable: false }).destroy();
  },
  prints() {
    console.log("to the log");
    console.error("to the errors");
  },
  /** A megabyte a second. */
  babbles: () => void setInterval(() => console.log(`${"all work and no play ".repeat(50)}\n`.repeat(10)), 10),
  eats_heap() {
    for (const eaten: number[][] = [];;) eaten.push(new Array(1_000_000).fill(eaten.length + 0.5));
  },
  eats_buffers() {
    const eaten: Uint8Array[] = [];
    setInterval(() => eaten.push(new Uint8Array(4 * 1024 * 1024).fill(1)), 20);
  },
  eats_buffers_at_once() {
    for (const eaten: Uint8Array[] = [];;) eaten.push(new Uint8Array(16 * 1024 * 1024).fill(1));
  },
  /** A value without a JSON form. */
  cycles() {
    const cycle: Record<string, unknown> = {};
    return cycle.self = cycle;
  },
  behaves() {},
} as const;

/** The line to the daemon, which is not a driver's. A malicious one finds it. */
let line: Deno.FsFile;
const { write: send } = Deno.FsFile.prototype;
Deno.FsFile.prototype.write = function (this: Deno.FsFile, bytes) {
  line = this;
  return Reflect.apply(send, this, [bytes]);
};

const how = z.enum(Object.keys(ways) as [keyof typeof ways]);

/** Fails in one of its functions, or by a method. */
export default defineDriver({
  name: "Unruly",
  params: z.object({
    where: z.enum(["create", "connect", "stream", "sample", "read", "stop", "push_stop", "disconnect", "nowhere"])
      .default("nowhere"),
    how: how.default("behaves"),
    /** Misbehaves as long as this file is there, if one is named. */
    armed: z.string().optional(),
  }),
  options: z.object({ period: z.number().min(0).default(5) }),
  permissions: ({ armed }) => armed ? { read: [armed] } : {},
  create(params) {
    const isArmed = () => !params.armed || exists(params.armed);
    const at = (place: string): unknown => params.where === place && isArmed() ? ways[params.how]() : undefined;
    at("create");
    const connection = {
      connect: async () => void await at("connect"),
      disconnect: async () => void await at("disconnect"),
    };
    if (params.where === "read") return { ...connection, read: async () => await at("read") ?? 1 };
    if (params.where === "push_stop") return { ...connection, ...pusher(() => at("push_stop")) };
    return {
      ...connection,
      async *stream(signal: AbortSignal, { period }: { period: number }) {
        await at("stream");
        try {
          for await (const tick of period ? every(period, signal) : numbers(signal)) {
            yield tick;
            const odd = await at("sample");
            if (odd) yield odd;
          }
        } finally {
          // Also if the stop finds it at a yield, as on a busy machine.
          await at("stop");
        }
      },
    };
  },
  methods: {
    pid: { run: () => Deno.pid },
    misbehave: { input: z.object({ how }), run: (_, { how }) => ways[how]() },
    give: { input: z.object({ bytes: z.number() }), run: (_, { bytes }) => "x".repeat(bytes - 2) },
    /** Leaves a grandchild behind. */
    spawn: {
      input: z.object({ seconds: z.string() }),
      run: (_, { seconds }) =>
        new Deno.Command("sleep", { args: [seconds], stdin: "null", stdout: "null", stderr: "null" }).spawn().pid,
    },
    /** Ignores the end of its stdin and SIGTERM from now on. */
    stay: {
      run() {
        Deno.exit = (() => {}) as typeof Deno.exit;
        setInterval(() => {}, 1000);
        Deno.addSignalListener("SIGTERM", () => console.log("no"));
      },
    },
  },
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** One after the other, without a pause. */
function* numbers(signal: AbortSignal) {
  for (let n = 0; !signal.aborted; n++) yield n;
}

/** An SDK that pushes. */
function pusher(stopped: () => unknown) {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    startStreaming: (callback: (n: number) => void) => void (timer = setInterval(callback, 5, 1)),
    stopStreaming: async () => {
      await stopped();
      clearInterval(timer);
      timer = undefined;
    },
    isStreaming: () => timer !== undefined,
  };
}
