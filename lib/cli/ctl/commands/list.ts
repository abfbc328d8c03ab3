import type { DeviceStatus } from "../../../client/mod.ts";
import { clockTime } from "../clock_time.ts";
import type { Command } from "../command.ts";
import { colourOf } from "../paint.ts";
import { printJson } from "../print_json.ts";
import { type Cell, table } from "../table.ts";

const HEADINGS = ["ID", "TYPE", "STATE", "SINCE", "READERS", "RESTARTS", "LAST ERROR"];

/** `ctl list` */
export const list: Command = {
  name: "list",
  about: "every device and how it is",
  arguments: [],
  options: { json: { about: "print all that the daemon says, as JSON" } },
  async run(given, { api, out, paint }) {
    const devices = await api.listDevices();
    if (given.has("json")) return await printJson(out, devices);
    if (!devices.length) return await out.print("There are no devices. Add one: deno task ctl add <id> <type>");
    for (const line of table(HEADINGS, devices.map(rowOf), paint, out.size.columns)) await out.print(line);
  },
};

function rowOf(device: DeviceStatus): Cell[] {
  const { device_id, device_type, state, state_since, disabled, restarts, last_error, streams, stream } = device;
  const words = disabled ? "disabled" : device.retry_at ? `${state}, next ${clockTime(device.retry_at)}` : state;
  return [
    device_id,
    device_type,
    { text: words, colour: disabled ? "gray" : colourOf(state) },
    clockTime(state_since),
    streams === false ? "no stream" : String(stream.readers),
    String(restarts),
    last_error ? { text: last_error.message, colour: "red" } : "",
  ];
}
