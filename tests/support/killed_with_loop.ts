/** Runs a device whose driver loops for ever, or hangs (its argument), prints the id of its process, and runs until it is killed. */
import { benchOf } from "./bench.ts";

const { daemon } = await benchOf({
  "loop.ts": `
    import { defineDriver } from "labdaemon/driver";
    export default defineDriver({
      name: "Loop",
      create: () => ({}),
      methods: {
        pid: { run: () => Deno.pid },
        // It never returns to the event loop, and leaves the core to others.
        loop: { run: () => { for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); } },
        hang: { run: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) },
      },
    });`,
});
const device = await daemon.addDevice("loop1", "Loop", {}, { limits: { heartbeatTimeoutMs: 600_000 } });
await device.connect();
const pid = await device.call("pid");
device.call(Deno.args[0]).catch(() => {});
console.log(pid);
