/**
 * The command about alarms.
 *
 * @module
 */
import type { AlarmStatus } from "../../../client/mod.ts";
import { valueWords } from "../../../format/value_words.ts";
import type { Colour } from "../../terminal/paint.ts";
import { type Cell, table } from "../../terminal/table.ts";
import { type AddCommand, deviceIdArgument } from "./ctl.ts";
import { stateCell } from "../view/away.ts";
import { type DataOptions, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

/** In a view: since when its bench is away. */
interface Stale {
  stale_since?: string | null;
}

const HEADINGS = ["DEVICE", "ALARM", "STATE", "SINCE", "VALUE", "CONDITION"];

const COLOURS: Readonly<Record<AlarmStatus["state"], Colour>> = {
  ok: "green",
  pending: "yellow",
  firing: "red",
  acknowledged: "yellow",
};

/** `ctl alarms` */
export const alarms: AddCommand = (program, ctl) => {
  const group = program.command("alarms").description("limits of channels, and what is beyond them");
  group.command("list", { isDefault: true })
    .description("all alarms, or those of one device")
    .argument("[id]", "", (id) => deviceIdArgument(id))
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string | undefined, { output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const answer = await api.listAlarms(id);
      if (output !== "table") return await printData(ctl(), output, answer);
      if (answer.alarms.length === 0) return await out.print("There are no alarms: the bench file declares them");
      for (const line of table(HEADINGS, answer.alarms.map(rowOf), paint, out.size.columns)) await out.print(line);
    });
  group.command("ack")
    .description("say that you know of an alarm that fires")
    .argument("<id>", "", (id) => deviceIdArgument(id))
    .argument("<alarm>")
    .option("--note <text>", "for those who look at it later")
    .action(async (id: string, name: string, { note }: { note?: string }) => {
      await ctl().api.acknowledgeAlarm(id, name, note);
    });
};

function rowOf(
  { device_id, name, state, since, value, unit, condition, watched, stale_since }: AlarmStatus & Stale,
): Cell[] {
  const newest = value === null ? "-" : valueWords(value, unit);
  const shown = watched || state !== "ok" ? { text: state, colour: COLOURS[state] } : "not watched";
  return [device_id, name, stateCell(shown, stale_since), since.slice(0, 19).replace("T", " "), newest, condition];
}
