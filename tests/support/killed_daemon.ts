/** Runs two devices, prints the ids of their processes, and runs until it is killed. */
import { benchOf } from "./bench.ts";

const { daemon } = await benchOf("counter.ts", "deaf.ts");
const devices = [await daemon.addDevice("counter1", "Counter"), await daemon.addDevice("deaf1", "Deaf")];
for (const device of devices) {
  await device.connect();
  await device.startStreaming();
}
console.log(JSON.stringify(await Promise.all(devices.map((device) => device.call("pid")))));
