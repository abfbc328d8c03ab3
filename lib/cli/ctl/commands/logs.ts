/**
 * The command that shows the log of a device.
 *
 * @module
 */
import { abortable } from "../../../async/abortable.ts";
import { delay } from "../../../async/mod.ts";
import type { DeviceLine } from "../../../client/mod.ts";
import type { Colour } from "../../terminal/paint.ts";
import { type AddCommand, deviceIdArgument } from "./ctl.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** The time between two questions for new lines. */
const PERIOD_MS = 1_000;

const COLOURS: Partial<Record<DeviceLine["level"], Colour>> = { warning: "yellow", error: "red" };

/** `ctl logs` */
export const logs: AddCommand = (program, ctl) =>
  program.command("logs")
    .description("what a device's driver printed, and the changes of its state: the last 500 lines")
    .argument("<id>", "", deviceIdArgument)
    .option("-f, --follow", "go on with new lines until Ctrl-C")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { follow, output }: DataOptions & { follow?: true }) => {
      const { api, out, paint, signal } = ctl();
      for (let from = 0;;) {
        const { lines, next } = await api.getLog(id, from);
        for (const line of lines) {
          if (output === "json") await out.print(JSON.stringify(line));
          // Each is an item of one list.
          else if (output === "yaml") await printData(ctl(), output, [line]);
          else await out.print(paint(textOf(line), COLOURS[line.level]));
        }
        if (!follow) return;
        // A device that was added again counts its lines from 0.
        if (next >= from) await abortable(delay(PERIOD_MS, { signal }), signal);
        from = next < from ? 0 : next;
      }
    });

/** `2026-11-26 14:30:00 │ warming up`; a line of the daemon has no bar, as in the daemon's own log. */
function textOf({ timestamp, from, text }: DeviceLine): string {
  return `${timestamp.slice(0, 19).replace("T", " ")} ${from === "driver" ? "│" : " "} ${text}`;
}
