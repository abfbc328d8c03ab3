/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import type { Chart } from "../chart/chart.ts";
import { currentPalette } from "../chart/palette.ts";
import { toSvg } from "../chart/svg.ts";
import { savePng, saveSvg } from "../export/save_picture.ts";
import type { Value } from "../stream/channels.ts";
import type { Feed } from "../stream/feed.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { CardHead } from "./card_head.ts";
import { Chartbed } from "./chartbed.ts";
import { Cursors } from "./cursors.ts";
import { imagePlot } from "./drawing/image_plot.ts";
import { leftOutSamples } from "./drawing/left_out.ts";
import { settingsOf } from "./drawing/plot_settings.ts";
import type { Plot } from "./drawing/plots_of.ts";
import { timePlot } from "./drawing/time_plot.ts";
import { BigNumbers, Legend, type LegendRow } from "./legend.ts";
import { PlotOptions } from "./plot_options.ts";
import { useDrawing } from "./use_drawing.ts";
import { waterfallPlot } from "./drawing/waterfall_plot.ts";
import { WaveformLegend, waveformPlot } from "./waveform_plot.ts";

const PLOTS = { number: timePlot, waveform: waveformPlot, image: imagePlot };

/** One plot with its heading, the state of its device, and its values as a table. */
export function PlotCard({ session, feed, plot }: { session: PlotSession; feed: Feed; plot: Plot }) {
  const card = useRef<HTMLElement>(null);
  const { place, chart } = useDrawing(session, (element) => {
    const isHeatMap = plot.kind === "waveform" && settingsOf(plot.key).isHeatMap;
    return (isHeatMap ? waterfallPlot : PLOTS[plot.kind])({ element, session, feed, plot });
  });
  const isWaveform = plot.kind !== "number";
  const title = [feed.deviceId, plot.title].filter(Boolean).join(" · ");
  const names = plot.names.map((name) => `${name}${plot.unit && ` [${plot.unit}]`}`);
  const onPng = () => {
    const canvas = place.current!.querySelector("canvas")!;
    const { series } = currentPalette();
    savePng(title, canvas, names.map((name, i) => ({ name, color: series[plot.colors[i] ?? 0] })));
  };
  const onSvg = () => saveSvg(title, toSvg(chart!.picture(title, isWaveform ? [] : names)));
  return html`
    <section class="card plot" aria-label=${title} ref=${card}>
      <${CardHead} session=${session} feed=${feed} title=${plot.title} />
      ${settingsOf(plot.key).isBig && html`<${Big} session=${session} feed=${feed} plot=${plot} />`}
      <${Chartbed} session=${session} title=${title} place=${place} isOverTime=${!isWaveform}>
        ${chart && !isWaveform && html`<${Cursors} session=${session} chart=${chart} />`}
      <//>
      ${isWaveform
        ? html`<${WaveformLegend} session=${session} feed=${feed} plot=${plot} />`
        : chart && plot.names.length > 0 &&
          html`<${Values} session=${session} feed=${feed} plot=${plot} chart=${chart} />`}
      <${PlotOptions} axes=${[{ ...plot, words: "" }]} title=${plot.title} card=${() => card.current} onPng=${onPng}
        onSvg=${chart && onSvg} />
    </section>
  `;
}

function Big({ session, feed, plot }: { session: PlotSession; feed: Feed; plot: Plot }) {
  void session.beat.value;
  return html`<${BigNumbers} rows=${rowsOf(feed, plot)} />`;
}

function Values({ session, feed, plot, chart }: { session: PlotSession; feed: Feed; plot: Plot; chart: Chart }) {
  void [session.beat.value, session.revision.value];
  const pointed = session.pointed.value;
  const at = pointed === undefined ? undefined : valuesAt(session, feed, pointed);
  return html`
    <${Legend} session=${session} caption=${`Values of ${feed.deviceId}`} rows=${rowsOf(
      feed,
      plot,
      at?.value,
    )} chart=${chart} pointedAt=${at}
      left=${() => leftOutSamples(session, feed)} />
  `;
}

function rowsOf(feed: Feed, { names, unit, colors }: Plot, pointed?: ValueOf): LegendRow[] {
  return names.map((name, i) => ({
    name,
    unit,
    color: colors[i],
    newest: feed.values.get(name),
    pointed: pointed?.(name),
  }));
}

type ValueOf = (name: string) => Value | null | undefined;

/** The values of the sample that is nearest to a time. */
function valuesAt(session: PlotSession, feed: Feed, time: number): { time: number | undefined; value: ValueOf } {
  const { trace } = session.picture(feed);
  const next = trace.find(time);
  const isNearer = next > trace.from && (next === trace.to || time - trace.times[next - 1] < trace.times[next] - time);
  const at = isNearer ? next - 1 : next;
  const isThere = at >= trace.from && at < trace.to;
  return {
    time: isThere ? trace.times[at] : undefined,
    value: (name) => {
      const word = trace.words.get(name)?.[at];
      return !isThere ? undefined : word === undefined || word === null ? trace.columns.get(name)?.[at] : word;
    },
  };
}
