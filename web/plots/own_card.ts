/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import type { Chart } from "../chart/chart.ts";
import { currentPalette } from "../chart/palette.ts";
import { valueAt } from "../chart/statistics.ts";
import { toSvg } from "../chart/svg.ts";
import { savePng, saveSvg } from "../export/save_picture.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import { Chartbed } from "./chartbed.ts";
import { Cursors } from "./cursors.ts";
import { leftOutSamples } from "./drawing/left_out.ts";
import { settingsOf } from "./drawing/plot_settings.ts";
import { BigNumbers, Legend, type LegendRow } from "./legend.ts";
import { lineUnit, problemsOf, unitOfSide } from "./own/lines_of_plot.ts";
import { needsOf } from "./own/operands.ts";
import { namesOf, ownTimePlot, ownXyPlot } from "./own/own_drawing.ts";
import type { OwnPlot } from "./own/own_plot.ts";
import { axisKeys, removeOwnPlot } from "./own/own_plots.ts";
import { ownSpectrum, spectrumWords } from "./own/own_spectrum.ts";
import { OwnForm } from "./own_form.ts";
import { type AxisChoice, PlotOptions } from "./plot_options.ts";
import { useDrawing } from "./use_drawing.ts";

const DRAWINGS = { time: ownTimePlot, xy: ownXyPlot, spectrum: ownSpectrum };

/** A plot that the person has put together. */
export function OwnCard({ session, plot }: { session: PlotSession; plot: OwnPlot }) {
  const card = useRef<HTMLElement>(null);
  const [isEdited, setEdited] = useState(false);
  const { place, chart } = useDrawing(session, (element) => DRAWINGS[plot.kind](element, session, plot));
  const title = plot.title || namesOf(plot);
  const isOverTime = plot.kind === "time";
  const keys = axisKeys(plot);
  const hasRight = plot.lines.some(({ isRight }) => isRight);
  const axis = (key: string, isRight: boolean, words: string): AxisChoice => (
    { key, kind: "number", unit: unitOfSide(plot, session, isRight), words }
  );
  const names = plot.lines.map((line) =>
    `${line.formula}${lineUnit(line, session) && ` [${lineUnit(line, session)}]`}`
  );
  const onPng = () => {
    const { series } = currentPalette();
    savePng(title, place.current!.querySelector("canvas")!, names.map((name, i) => ({ name, color: series[i] })));
  };
  return html`
    <section class="card plot own-plot" aria-label=${title} ref=${card}>
      <div class="row">
        <h2>${title}</h2>
        <span class="row plot-actions">
          <button type="button" onClick=${() =>
            setEdited(true)}>Edit<span class="visually-hidden"> ${title}</span></button>
          <button type="button" onClick=${() =>
            removeOwnPlot(plot.id)}>Remove<span class="visually-hidden"> ${title}</span>
          </button>
        </span>
      </div>
      <${Words} session=${session} plot=${plot} />
      ${isOverTime && settingsOf(keys.left).isBig && chart && html`
        <${Big} session=${session} plot=${plot}
          chart=${chart} />
      `}
      <${Chartbed} session=${session} title=${title} place=${place} isOverTime=${isOverTime}>
        ${chart && isOverTime && html`<${Cursors} session=${session} chart=${chart} />`}
      <//>
      ${chart && isOverTime ? html`<${Values} session=${session} plot=${plot} chart=${chart} title=${title} />` : html`
        <ul class="line-names">${names.map((name, i) =>
          html`<li key=${name}><span class="swatch" style=${`color: var(--series-${i})`}></span>${name}</li>`
        )}</ul>
      `}
      <${PlotOptions} axes=${[
        axis(keys.left, false, hasRight ? "Left" : ""),
        ...hasRight ? [axis(keys.right, true, "Right")] : [],
      ]} title=${title} card=${() => card.current} onPng=${onPng}
        onSvg=${chart && (() => saveSvg(title, toSvg(chart.picture(title, names))))} hasDigits=${isOverTime} />
      ${isEdited && html`<${OwnForm} session=${session} plot=${plot} onClose=${() => setEdited(false)} />`}
    </section>
  `;
}

/** The errors in the formulas, and the source of a spectrum. */
function Words({ session, plot }: { session: PlotSession; plot: OwnPlot }) {
  void session.revision.value;
  const problems = problemsOf(plot, session);
  const words = plot.kind === "spectrum" && !problems.length ? spectrumWords.value[plot.id] : undefined;
  return html`
    ${problems.map((problem) => html`<p key=${problem} class="note warn">${problem}</p>`)}
    ${words && html`<p class="soft">${words}</p>`}
  `;
}

function Big({ session, plot, chart }: { session: PlotSession; plot: OwnPlot; chart: Chart }) {
  void session.beat.value;
  return html`<${BigNumbers} rows=${rowsOf(session, plot, chart)} />`;
}

function Values({ session, plot, chart, title }: { session: PlotSession; plot: OwnPlot; chart: Chart; title: string }) {
  void [session.beat.value, session.revision.value];
  const time = session.pointed.value;
  const ids = [...needsOf(plot, session.feeds).devices.keys()];
  const left = () => {
    const all = ids.map((id) => leftOutSamples(session, session.feeds.get(id)!));
    return all.reduce((sum, one) => sum === undefined || one === undefined ? undefined : sum + one, 0);
  };
  return html`
    <${Legend} session=${session} caption=${`Values of ${title}`} rows=${rowsOf(
      session,
      plot,
      chart,
      time,
    )} chart=${chart} pointedAt=${time === undefined ? undefined : { time }}
      left=${left} />
  `;
}

function rowsOf(session: PlotSession, plot: OwnPlot, chart: Chart, time?: number): LegendRow[] {
  return plot.lines.map((line, color) => {
    const parts = chart.numbers[color] ?? [];
    const last = parts.findLast(({ ys }) => ys.length)?.ys;
    const pointed = time === undefined ? NaN : valueAt(parts, time);
    return {
      name: line.formula,
      unit: lineUnit(line, session),
      color,
      newest: last ? newestOf(last) : undefined,
      pointed: Number.isNaN(pointed) ? undefined : pointed,
    };
  });
}

/** The newest number: of several devices, one has the newest sample, and the others' line ends before it. */
function newestOf(ys: ArrayLike<number>): number | undefined {
  for (let i = ys.length - 1; i >= 0; i--) if (!Number.isNaN(ys[i])) return ys[i];
  return undefined;
}
