/** Runs two heaters, one of which is to be safe at the end, says so, and runs until it is killed. */
import { benchWith } from "./bench.ts";

const [left, safe] = Deno.args;
const grants = { Heater: { write: [left, safe] } };
const { daemon } = await benchWith({ grants }, "heater.ts");
await (await daemon.addDevice("left", "Heater", { file: left })).connect();
await (await daemon.addDevice("safe", "Heater", { file: safe, safe_ms: 2_500 }, { safeOnShutdown: true })).connect();
console.log("ready");
