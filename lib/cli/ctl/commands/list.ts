/**
 * The commands that list devices and drivers.
 *
 * @module
 */
import type { DeviceStatus, DriverStatus } from "../../../client/mod.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import { colourOf } from "../../terminal/paint.ts";
import { type Cell, table } from "../../terminal/table.ts";
import type { AddCommand } from "./ctl.ts";
import { stateCell } from "../view/away.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

const HEADINGS = ["ID", "TYPE", "STATE", "SINCE", "READERS", "RESTARTS"];

/** `ctl list` */
export const list: AddCommand = (program, ctl) =>
  program.command("list")
    .description("every device and its state")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const devices = await api.listDevices();
      if (output !== "table") return await printData(ctl(), output, devices);
      if (!devices.length) return await out.print("There are no devices. Add one: deno task ctl add <id> <type>");
      // Most benches share no process, and need no column for it.
      const shares = devices.some((device) => sharedWith(device).length > 0);
      const headings = [...HEADINGS, ...shares ? ["PROCESS"] : [], "LAST ERROR"];
      const rows = devices.map((device) => deviceRow(device, shares));
      for (const line of table(headings, rows, paint, out.size.columns)) await out.print(line);
      for (const { device_id, warnings = [] } of devices) {
        for (const { message } of warnings) await out.print(paint(`Warning of "${device_id}": ${message}`));
      }
    });

/** The other devices in the process of its driver. */
function sharedWith({ device_id, shared_process }: DeviceStatus): string[] {
  return shared_process?.devices.filter((id) => id !== device_id) ?? [];
}

function deviceRow(device: DeviceStatus, hasProcess: boolean): Cell[] {
  const { device_id, device_type, state, state_since, disabled, restarts, last_error, can_stream, stream } = device;
  const text = disabled ? "disabled" : device.retry_at ? `${state}, next ${clockTime(device.retry_at)}` : state;
  return [
    device_id,
    device_type,
    stateCell({ text, colour: disabled ? "gray" : colourOf(state) }, device.stale_since),
    clockTime(state_since),
    can_stream === false ? "no stream" : String(stream.readers),
    String(restarts),
    ...hasProcess ? [sharedWith(device).length > 0 ? device.shared_process!.name : "own"] : [],
    last_error ? { text: last_error.message, colour: "red" } : "",
  ];
}

/** `ctl drivers` */
export const drivers: AddCommand = (program, ctl) =>
  program.command("drivers")
    .description("the device types, and the files that failed to load")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const all = await api.listDrivers();
      if (output !== "table") return await printData(ctl(), output, all);
      if (!all.length) return await out.print("There are no drivers: put a file into the daemon's drivers folder");
      const headings = ["TYPE", "FILE", "STATUS", "SUMMARY"];
      for (const line of table(headings, all.map(driverRow), paint, out.size.columns)) await out.print(line);
      for (const line of all.flatMap(errorLines)) await out.print(paint(line, "red"));
    });

function driverRow({ name, file, status, error, summary }: DriverStatus): Cell[] {
  // A loaded driver with an error: the file has changed and does not run, and the version before is in use.
  const text = error && status === "loaded" ? "loaded, outdated" : status;
  const colour = status === "loaded" ? error ? "yellow" : "green" : "red";
  // The name of a file that failed to load may be unknown.
  return [name ?? "", file ?? "", { text, colour }, summary ?? ""];
}

function errorLines({ file, error }: DriverStatus): string[] {
  if (!error) return [];
  const isNamed = !file || error.message.includes(file);
  return `${isNamed ? "" : `${file}: `}${error.message}`.split("\n");
}
