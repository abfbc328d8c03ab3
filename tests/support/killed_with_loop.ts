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
        loop: { run: () => { for (;;); } },
        hang: { run: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) },
      },
    });`,
});
const device = await daemon.addDevice("loop1", "Loop", {}, { limits: { heartbeatTimeoutMs: 600_000 } });
await device.connect();
const pid = await device.call("pid");
device.call(Deno.args[0]).catch(() => {});
console.log(pid);
