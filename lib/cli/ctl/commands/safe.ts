/**
 * The command that brings instruments into their safe states.
 *
 * @module
 */
import { ServerAPIError } from "../../../client/mod.ts";
import { type AddCommand, deviceIdArgument } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

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
      else {for (const { device_id, ok, error } of results) {
          const what = ok ? "is safe" : `is not safe: ${error?.message ?? "unknown"}`;
          await out.print(`${paint(device_id)} ${paint(what, ok ? "green" : "red")}`);
        }}
      // A device that has no safe state is no failure of the bench; of the one that was named, it is.
      const failed = results.filter(({ ok, error }) => !ok && (id !== undefined || error?.type !== "NoSafeState"));
      if (failed.length > 0) {
        const names = failed.map(({ device_id }) => device_id).join(", ");
        throw new ServerAPIError(`Not safe: ${names}`, { type: "NotSafe", origin: "device" });
      }
    });
