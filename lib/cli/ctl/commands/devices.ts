/**
 * The commands that add and remove a device, change its state, make it safe, and show it.
 *
 * @module
 */
import { type DeviceStatus, type NewDeviceSettings, ServerAPIError } from "../../../client/mod.ts";
import { jsonObject } from "../../command_line.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import { colourOf } from "../../terminal/paint.ts";
import { type AddCommand, type Ctl, deviceIdArgument } from "./ctl.ts";
import { mergeFields, readNamedFields } from "../input/fields.ts";
import { DATA_OUTPUT, type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** `ctl show` */
export const show: AddCommand = (program, ctl) =>
  program.command("show")
    .description("one device, as JSON")
    .argument("<id>", "", deviceIdArgument)
    .addOption(DATA_OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { output }: DataOptions) =>
      await printData(ctl(), output, await ctl().api.getDevice(id))
    );

interface AddOptions {
  json?: Record<string, unknown>;
  settings?: NewDeviceSettings;
  keep?: true;
}

/** `ctl add` */
export const add: AddCommand = (program, ctl) =>
  program.command("add")
    .description("add a device of a type")
    .argument("<new-id>", "", deviceIdArgument)
    .argument("<type>")
    .argument("[param=value...]")
    .option("--json <object>", `further params as JSON, such as '{"channels": [1, 2]}'`, jsonObject)
    .option("--settings <object>", `settings as in the bench file, such as '{"process": "small"}'`, jsonObject)
    .option("--keep", "keep it in the daemon's data folder: it is added and connected again at each start")
    .addHelpText(
      "after",
      `
The device is not connected yet. Values are read as those of call. The types: deno task ctl drivers
A class of a Python package is a type, too: pymeasure:package.module.Class, qcodes:… or python:…`,
    )
    .action(async (id: string, type: string, words: string[], { json, settings, keep }: AddOptions) => {
      const { api, out, paint } = ctl();
      const driver = (await api.listDrivers()).find(({ name }) => name === type);
      const params = mergeFields(json, readNamedFields(words, driver?.params ?? {}));
      await api.addDevice(id, type, params, { ...settings, keep });
      await out.print(paint(`Added ${id}. Connect it: deno task ctl connect ${id}`));
    });

/** `ctl keep` */
export const keep: AddCommand = (program, ctl) =>
  program.command("keep")
    .description("keep a device that was added: it is added and connected again at each start of the daemon")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => {
      const { api, out, paint } = ctl();
      const { kept_in } = await api.keepDevice(id);
      const place = kept_in === "bench_file" ? "the bench file" : "the daemon's data folder";
      await out.print(paint(`${id} is in ${place}: it is back after a restart`));
    });

/** `ctl remove` */
export const remove: AddCommand = (program, ctl) =>
  program.command("remove")
    .description("stop, disconnect and remove a device")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => {
      const { api, out, paint } = ctl();
      await api.removeDevice(id);
      await out.print(paint(`Removed ${id}`));
    });

/** `ctl connect` */
export const connect: AddCommand = (program, ctl) =>
  program.command("connect")
    .description("connect a device, and keep it connected")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => await printState(ctl(), await ctl().api.connectDevice(id)));

/** `ctl disconnect` */
export const disconnect: AddCommand = (program, ctl) =>
  program.command("disconnect")
    .description("disconnect a device")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => await printState(ctl(), await ctl().api.disconnectDevice(id)));

/** `ctl start` */
export const start: AddCommand = (program, ctl) =>
  program.command("start")
    .description("start a device's stream, with or without readers")
    .argument("<id>", "", deviceIdArgument)
    .argument("[option=value...]")
    .option("--json <object>", `further options as JSON, such as '{"channels": [1, 2]}'`, jsonObject)
    .addHelpText("after", "\nValues are read as those of call.")
    .action(async (id: string, words: string[], { json }: { json?: Record<string, unknown> }) => {
      const { api } = ctl();
      const { device_type } = await api.getDevice(id);
      const driver = (await api.listDrivers()).find(({ name }) => name === device_type);
      const options = mergeFields(json, readNamedFields(words, driver?.options ?? {}));
      await printState(ctl(), await api.startStream(id, options));
    });

/** `ctl stop` */
export const stop: AddCommand = (program, ctl) =>
  program.command("stop")
    .description("stop a device's stream for all readers")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => {
      const { api, out, paint } = ctl();
      await api.stopStream(id);
      await out.print(paint(`${id} has stopped`));
    });

/** `ctl enable` */
export const enable: AddCommand = (program, ctl) =>
  program.command("enable")
    .description("put a device back into service")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => await printState(ctl(), await ctl().api.enableDevice(id)));

/** `ctl disable` */
export const disable: AddCommand = (program, ctl) =>
  program.command("disable")
    .description("take a device out of service: it stays disconnected until it is enabled")
    .argument("<id>", "", deviceIdArgument)
    .action(async (id: string) => await printState(ctl(), await ctl().api.disableDevice(id)));

/** `ctl safe` */
export const safe: AddCommand = (program, ctl) =>
  program.command("safe")
    .description("bring an instrument, or all of the bench, into the safe state that its driver defines")
    .argument("[id]", "", (id) => deviceIdArgument(id))
    .option("--reason <text>", "for people: it reaches the driver and the log")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .addHelpText(
      "after",
      `
Methods that run or wait are cancelled; streams continue. It is no safety function of a machine: it needs a driver, a
process and a cable that work.`,
    )
    .action(async (id: string | undefined, { reason, output }: DataOptions & { reason?: string }) => {
      const { api, out, paint } = ctl();
      const results = id === undefined ? await api.makeSafe(reason) : [await api.makeDeviceSafe(id, reason)];
      if (output !== "table") await printData(ctl(), output, results);
      else {
        for (const { device_id, ok, error } of results) {
          const what = ok ? "is safe" : `is not safe: ${error?.message ?? "unknown"}`;
          await out.print(`${paint(device_id)} ${paint(what, ok ? "green" : "red")}`);
        }
      }
      // A device that has no safe state is no failure of the bench; of the one that was named, it is.
      const failed = results.filter(({ ok, error }) => !ok && (id !== undefined || error?.type !== "NoSafeState"));
      if (failed.length > 0) {
        const names = failed.map(({ device_id }) => device_id).join(", ");
        throw new ServerAPIError(`Not safe: ${names}`, { type: "NotSafe", origin: "device" });
      }
    });

/** `ctl error` */
export const error: AddCommand = (program, ctl) =>
  program.command("error")
    .description("the last error of a device")
    .argument("<id>", "", deviceIdArgument)
    .option("--clear", "clear it")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { clear, output }: DataOptions & { clear?: true }) => {
      const { api, out, paint } = ctl();
      if (clear) {
        await api.clearDeviceError(id);
        return await out.print(paint(`Cleared the last error of ${id}`));
      }
      const last = await api.getDeviceError(id);
      if (output !== "table") return await printData(ctl(), output, last);
      if (!last) return await out.print(paint(`${id} has no error`));
      await out.print(paint(`${clockTime(last.timestamp)}  ${last.type}: ${last.message}`, "red"));
    });

async function printState({ out, paint }: Ctl, { device_id, state, disabled }: DeviceStatus): Promise<void> {
  const text = disabled ? "disabled" : state;
  await out.print(`${paint(device_id)} is ${paint(text, disabled ? "gray" : colourOf(state))}`);
}
