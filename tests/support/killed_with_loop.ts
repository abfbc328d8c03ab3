/** Runs a device whose driver loops for ever, prints the id of its process, and runs until it is killed. */
import { benchOf } from "./bench.ts";

const { daemon } = await benchOf({
  "loop.ts": `
    import { defineDriver } from "labdaemon/driver";
    export default defineDriver({
      name: "Loop",
      create: () => ({}),
      methods: { pid: { run: () => Deno.pid }, loop: { run: () => { for (;;); } } },
    });`,
});
const device = await daemon.addDevice("loop1", "Loop", {}, { limits: { heartbeatTimeoutMs: 600_000 } });
await device.connect();
const pid = await device.call("pid");
device.call("loop").catch(() => {});
console.log(pid);
