import { defineDriver, every } from "labdaemon/driver";
import { z } from "zod";

/** Everything that a driver can do wrong. */
const ways = {
  throws() {
    throw new RangeError("out of range");
  },
  /** A promise that nobody awaits. */
  rejects() {
    Promise.reject(new TypeError("nobody caught this"));
  },
  /** In a timer, where no caller is. */
  throws_later() {
    setTimeout(() => {
      throw new TypeError("nobody caught that");
    });
  },
  exits() {
    Deno.exit(3);
  },
  loops() {
    console.log("here it comes");
    for (;;);
  },
  garbage() {
    Deno.stdout.writeSync(new TextEncoder().encode("Hello from the SDK!\n"));
  },
  prints() {
    console.log("to the log");
    console.error("to the errors");
  },
  behaves() {},
} as const;

const how = z.enum(Object.keys(ways) as [keyof typeof ways]);

/** Misbehaves at one place of its life, or when it is told to. */
export default defineDriver({
  name: "Unruly",
  params: z.object({
    where: z.enum(["create", "connect", "stream", "stop", "disconnect", "nowhere"]).default("nowhere"),
    how: how.default("behaves"),
  }),
  create(params) {
    const at = (place: string) => params.where === place && ways[params.how]();
    at("create");
    return {
      connect: () => void at("connect"),
      disconnect: () => void at("disconnect"),
      async *stream(signal: AbortSignal) {
        at("stream");
        for await (const tick of every(5, signal)) yield tick;
        at("stop");
      },
    };
  },
  methods: {
    pid: { run: () => Deno.pid },
    misbehave: { input: z.object({ how }), run: (_, { how }) => ways[how]() },
  },
});
