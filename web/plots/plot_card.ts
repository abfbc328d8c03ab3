/// <reference lib="dom" />
import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chart } from "../chart/chart.ts";
import type { Plot } from "./drawing/plots_of.ts";
import { CardHead } from "./card_head.ts";
import type { Feed } from "../stream/device_feed.ts";
import { Legend } from "./legend.ts";
import type { Session } from "../stream/session.ts";
import { imagePlot } from "./drawing/image_plot.ts";
import { timePlot } from "./drawing/time_plot.ts";
import { WaveformLegend, waveformPlot } from "./waveform_plot.ts";

const PLOTS = { number: timePlot, waveform: waveformPlot, image: imagePlot };

/** One plot with its heading, how its device is, and its values as a table. */
export function PlotCard({ session, feed, plot }: { session: Session; feed: Feed; plot: Plot }) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart>();
  const isWaveform = plot.kind !== "number";
  const title = [feed.deviceId, plot.title].filter(Boolean).join(" · ");

  useLayoutEffect(() => {
    const element = place.current!;
    const { chart, resize, draw, end } = PLOTS[plot.kind]({ element, session, feed, plot });
    const leave = session.frames.add({ element, draw });
    const observer = new ResizeObserver(() => {
      resize(element.clientWidth, element.clientHeight);
      session.change();
    });
    observer.observe(element);
    setChart(chart);
    return () => {
      observer.disconnect();
      leave();
      end();
    };
  }, []);

  return html`
    <section class="card plot" aria-label=${title}>
      <${CardHead} session=${session} feed=${feed} title=${plot.title} />
      <${Chartbed} session=${session} title=${title} place=${place} isWaveform=${isWaveform} />
      ${isWaveform
        ? html`<${WaveformLegend} session=${session} feed=${feed} plot=${plot} />`
        : chart && plot.names.length > 0 &&
          html`<${Legend} session=${session} feed=${feed} plot=${plot} chart=${chart} />`}
    </section>
  `;
}

/** The place of the chart. It handles the keys that move all plots. */
function Chartbed({ session, title, place, isWaveform }: {
  session: Session;
  title: string;
  place: { current: HTMLDivElement | null };
  isWaveform: boolean;
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
    </div>
  `;
}
