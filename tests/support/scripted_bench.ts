import { type DaemonOptions, LabDaemon } from "../../lib/daemon.ts";
import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import type { Device } from "../../lib/device/device.ts";
import { ScriptedInstrument } from "./scripted_driver.ts";
import { Watch } from "./watch.ts";

/** A daemon, its device "daq1", the instrument that the test scripts, and a record of the device's events. */
export interface ScriptedBench extends AsyncDisposable {
  readonly daemon: LabDaemon;
  readonly device: Device;
  readonly instrument: ScriptedInstrument;
  readonly watch: Watch;
}

/** A device on a scripted instrument, in this process and disconnected. */
export async function scriptedBench(
  settings: AddDeviceOptions = {},
  instrument: ScriptedInstrument = new ScriptedInstrument(),
  options: DaemonOptions = {},
): Promise<ScriptedBench> {
  const daemon = new LabDaemon(options);
  daemon.registerPlugins({ devices: { Scripted: instrument.driver } });
  const device = await daemon.addDevice("daq1", "Scripted", {}, settings);
  const watch = new Watch(device);
  return {
    daemon,
    device,
    instrument,
    watch,
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      watch[Symbol.dispose]();
    },
  };
}
