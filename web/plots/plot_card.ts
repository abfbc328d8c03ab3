/// <reference lib="dom" />
import { effect } from "@preact/signals";
import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chart } from "../chart/chart.ts";
import type { Plot } from "./drawing/plots_of.ts";
import { CardHead } from "./card_head.ts";
import type { Feed } from "../stream/device_feed.ts";
import type { ComponentChildren } from "preact";
import { currentPalette } from "../chart/palette.ts";
import { toSvg } from "../chart/svg.ts";
import { savePng, saveSvg } from "../export/save_picture.ts";
import { Cursors } from "./cursors.ts";
import { settingsOf } from "./drawing/plot_settings.ts";
import { PlotOptions } from "./plot_options.ts";
import { valueText } from "./drawing/value_text.ts";
import { Legend } from "./legend.ts";
import type { Session } from "../stream/session.ts";
import { imagePlot } from "./drawing/image_plot.ts";
import { timePlot } from "./drawing/time_plot.ts";
import { waterfallPlot } from "./waterfall_plot.ts";
import { WaveformLegend, waveformPlot } from "./waveform_plot.ts";

const PLOTS = { number: timePlot, waveform: waveformPlot, image: imagePlot };

/** One plot with its heading, how its device is, and its values as a table. */
export function PlotCard({ session, feed, plot }: { session: Session; feed: Feed; plot: Plot }) {
  const place = useRef<HTMLDivElement>(null);
  const card = useRef<HTMLElement>(null);
  const [chart, setChart] = useState<Chart>();
  const isWaveform = plot.kind !== "number";
  const title = [feed.deviceId, plot.title].filter(Boolean).join(" · ");

  useLayoutEffect(() => {
    const element = place.current!;
    const isHeatMap = plot.kind === "waveform" && settingsOf(plot.key).isHeatMap;
    const { chart, resize, draw, end } = (isHeatMap ? waterfallPlot : PLOTS[plot.kind])({
      element,
      session,
      feed,
      plot,
    });
    const leave = session.frames.add({ element, draw });
    const observer = new ResizeObserver(() => {
      resize(element.clientWidth, element.clientHeight);
      session.change();
    });
    observer.observe(element);
    // The scale that was chosen is drawn at once, also while the view is halted.
    const stop = effect(() => {
      void settingsOf(plot.key);
      session.frames.request();
    });
    setChart(chart);
    return () => {
      observer.disconnect();
      stop();
      leave();
      end();
    };
  }, []);

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
      ${settingsOf(plot.key).isBig && html`<${BigNumbers} session=${session} feed=${feed} plot=${plot} />`}
      <${Chartbed} session=${session} title=${title} place=${place} isWaveform=${isWaveform}>
        ${chart && !isWaveform && html`<${Cursors} session=${session} chart=${chart} />`}
      <//>
      ${isWaveform
        ? html`<${WaveformLegend} session=${session} feed=${feed} plot=${plot} />`
        : chart && plot.names.length > 0 &&
          html`<${Legend} session=${session} feed=${feed} plot=${plot} chart=${chart} />`}
      <${PlotOptions} plot=${plot} card=${() => card.current} onPng=${onPng} onSvg=${chart && onSvg} />
    </section>
  `;
}

/** The place of the chart. It handles the keys that move all plots. */
function Chartbed({ session, title, place, isWaveform, children }: {
  session: Session;
  title: string;
  place: { current: HTMLDivElement | null };
  isWaveform: boolean;
  children?: ComponentChildren;
}) {
  const { view } = session;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => view.move(-0.25),
    ArrowRight: () => view.move(0.25),
    PageUp: () => view.move(-1),
    PageDown: () => view.move(1),
    "+": () => view.zoomBy(0.5),
    "-": () => view.zoomBy(2),
    Escape: () => view.follow(),
    " ": () => view.isHalted.value ? view.follow() : view.halt(),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  };
  if (isWaveform) return html`<div class="chart" ref=${place} role="img" aria-label=${`Plot of ${title}`}></div>`;
  return html`
    <div
      class="chartbed"
      tabindex="0"
      role="group"
      aria-label=${`${title}: arrow and page keys move, plus and minus zoom, space halts, escape shows live samples`}
      onKeyDown=${onKeyDown}
    >
      <div class="chart" ref=${place} role="img" aria-label=${`Plot of ${title}`}></div>
      ${children}
    </div>
  `;
}

/** The newest values in digits that can be read from across the room. */
function BigNumbers({ session, feed, plot }: { session: Session; feed: Feed; plot: Plot }) {
  void session.beat.value;
  return html`
    <div class="big-numbers">
      ${plot.names.map((name, i) =>
        html`
          <p key=${name} class="number" style=${`color: var(--series-${plot.colors[i]})`}>
            <small>${name}</small> ${valueText(feed.values.get(name), plot.unit)}
          </p>
        `
      )}
    </div>
  `;
}
