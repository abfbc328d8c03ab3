/// <reference lib="dom" />
import { count, timeOfDay } from "../words/quantities.ts";
import { isChosen } from "../stream/chosen_channels.ts";
import { unitAt } from "../../lib/format/channels.ts";
import { toCsv } from "./csv.ts";
import { download } from "./download.ts";
import { formulaColumns } from "./formula_columns.ts";
import { ownPlots } from "../plots/own/own_plots.ts";
import { leftOutWords } from "./left_out_words.ts";
import { schemaOf } from "../bench/sample_schema.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import type { TimeRange } from "../stream/view.ts";
import { zone } from "../words/times.ts";

/** Saves the visible samples. Returns a sentence that names the saved and the missing ones. */
export function saveCsv(session: PlotSession): string {
  const shown = rangeToSave(session);
  const feeds = [...session.feeds.values()];
  const formulas = formulaColumns(session, ownPlots.value);
  const sheets = feeds.map((feed) => ({
    deviceId: feed.deviceId,
    trace: session.picture(feed).trace,
    channels: [
      ...[...feed.channels.values()]
        .filter(({ kind, name }) => kind === "word" || (kind === "number" && isChosen(feed, name)))
        .map(({ name, path }) => ({ name, unit: unitAt(schemaOf(feed.deviceId), path) })),
      ...formulas.filter(({ deviceId }) => deviceId === feed.deviceId).map(({ channel }) => channel),
    ],
    gaps: feed.gaps.list,
    steps: feed.steps,
  })).filter(({ channels }) => channels.length);
  const { text, rows, skipped } = toCsv(sheets, shown, zone.value);
  const earlier = feeds.map((feed) => session.past.missingPart(feed)?.to ?? -Infinity).toSorted((a, b) => b - a)[0];
  const missing = leftOutWords(
    feeds.map((feed) => {
      const { deviceId, channels } = feed;
      const { trace } = session.picture(feed);
      const first = trace.find(shown.from);
      const isSilent = !channels.size || first === trace.to || trace.times[first] > shown.to;
      return { deviceId, channels: [...channels.values()], isChosen: (name) => isChosen(feed, name), isSilent };
    }),
  );
  const notOwn = earlier > shown.from
    ? ` Samples before ${timeOfDay(earlier * 1000)} are in the recordings, not in this file.`
    : "";
  if (!rows) {
    return `There is nothing to export: no number or word was measured in the time that is shown.${missing}${notOwn}`;
  }
  const names = sheets.map(({ deviceId }) => deviceId).join("-").slice(0, 60);
  download(skipped ? `${names}-thinned` : names, text);
  if (!skipped) {
    return `Exported ${count(rows, "sample")}; every sample of this time is in the file.${missing}${notOwn}`;
  }
  return `Exported ${
    count(rows, "row")
  }. These are not all samples: ${skipped.toLocaleString()} more were left out for ` +
    `drawing. All of them: “deno task ctl tail --format csv”, or the stream of the device.${missing}${notOwn}`;
}

/** The visible time range. While the plots follow the time, it includes samples that are not drawn yet. */
function rangeToSave({ view }: PlotSession): TimeRange {
  return view.isHalted.value ? view.range : { ...view.range, to: Infinity };
}
