import type { DeviceStatus } from "../../../client/mod.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import { colourOf } from "../../terminal/paint.ts";
import { type Cell, table } from "../../terminal/table.ts";
import type { AddCommand } from "./ctl.ts";

const HEADINGS = ["ID", "TYPE", "STATE", "SINCE", "READERS", "RESTARTS"];

/** `ctl list` */
export const list: AddCommand = (program, ctl) =>
  program.command("list")
    .description("every device and its state")
    .option("--json", "print the daemon's whole answer as JSON")
    .action(async ({ json }: { json?: true }) => {
      const { api, out, paint } = ctl();
      const devices = await api.listDevices();
      if (json) return await out.printJson(devices);
      if (!devices.length) return await out.print("There are no devices. Add one: deno task ctl add <id> <type>");
      // Most benches share no process, and need no column for it.
      const shares = devices.some((device) => sharedWith(device).length > 0);
      const headings = [...HEADINGS, ...shares ? ["PROCESS"] : [], "LAST ERROR"];
      const rows = devices.map((device) => rowOf(device, shares));
      for (const line of table(headings, rows, paint, out.size.columns)) await out.print(line);
      for (const { device_id, warnings = [] } of devices) {
        for (const { message } of warnings) await out.print(paint(`Warning of "${device_id}": ${message}`));
      }
    });

/** The other devices in the process of its driver. */
function sharedWith({ device_id, shared_process }: DeviceStatus): string[] {
  return shared_process?.devices.filter((id) => id !== device_id) ?? [];
}

function rowOf(device: DeviceStatus, hasProcess: boolean): Cell[] {
  const { device_id, device_type, state, state_since, disabled, restarts, last_error, can_stream, stream } = device;
  const text = disabled ? "disabled" : device.retry_at ? `${state}, next ${clockTime(device.retry_at)}` : state;
  return [
    device_id,
    device_type,
    { text, colour: disabled ? "gray" : colourOf(state) },
    clockTime(state_since),
    can_stream === false ? "no stream" : String(stream.readers),
    String(restarts),
    ...hasProcess ? [sharedWith(device).length > 0 ? device.shared_process!.name : "own"] : [],
    last_error ? { text: last_error.message, colour: "red" } : "",
  ];
}
