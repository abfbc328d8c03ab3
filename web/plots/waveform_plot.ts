/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { timeOfDay, withUnit } from "../words/quantities.ts";
import { zone } from "../words/times.ts";
import { Chart } from "../chart/chart.ts";
import { valueLabels } from "../chart/value_axis.ts";
import { waveformsToCsv } from "../export/csv.ts";
import type { Line } from "../chart/pen.ts";
import type { SeenWaveform } from "../stream/picture.ts";
import { spectrumOf, type WindowName } from "./drawing/spectrum.ts";
import { settingsOf } from "./drawing/plot_settings.ts";
import { valueText } from "./drawing/value_text.ts";
import { digitsFor } from "../chart/digits.ts";
import { download } from "../export/download.ts";
import type { Feed } from "../stream/feed.ts";
import type { Plot } from "./drawing/plots_of.ts";
import type { PlotSession } from "../stream/plot_session.ts";
import type { PlotDrawing } from "./drawing/over_time.ts";
import type { PlotContext } from "./drawing/time_plot.ts";

/** True if the waveforms before the newest one are drawn as well. */
const isPersistent = signal(false);
/** The waveforms that are drawn over each other. */
const MAX_BEHIND = 8;
/** In cycles per point. */
const HIGHEST_FREQUENCY = 0.5;
const MIN_ALPHA = 0.15;

/** Draws the newest waveform of a channel over its index. */
export function waveformPlot({ element, session, feed, plot }: PlotContext): PlotDrawing {
  const [name] = plot.names;
  let shownSpectrum: WindowName | undefined;
  let dt: number | undefined;
  const alphas = Array.from({ length: MAX_BEHIND }, (_, age) => age === 0 ? 1 : MIN_ALPHA + 0.25 / age);
  const chart = new Chart(element, {
    unit: plot.unit,
    label: name,
    x: {
      labels: (marks, step) => {
        if (dt) return valueLabels(marks, step, shownSpectrum ? "Hz" : "s");
        return marks.map((mark) => shownSpectrum || Number.isInteger(mark) ? mark.toLocaleString() : "");
      },
      title: () => {
        if (!shownSpectrum) return dt ? "time in the waveform" : "index";
        const axis = dt ? "frequency" : "cycles per point";
        return `${axis}, ${shownSpectrum} window; amplitude of a sine (peak), at 0 the mean`;
      },
    },
    // The newest last, above the others.
    lines: alphas.toReversed().map((alpha) => ({ color: 0, alpha })),
  });
  let drawn: unknown[] = [];

  const draw = () => {
    const all = session.picture(feed).waveforms.get(name) ?? [];
    const scale = settingsOf(plot.key);
    const key = [all.at(-1), session.revision.value, isPersistent.value, scale, chart.sharing];
    if (!all.length || key.every((part, i) => part === drawn[i])) return false;
    drawn = key;
    const waveforms = all.slice(isPersistent.value ? -MAX_BEHIND : -1);
    const length = Math.max(...waveforms.map(({ values }) => values.length));
    // Waveforms that are drawn over each other have one axis.
    dt = waveforms.every((waveform) => waveform.dt === waveforms[0].dt) ? waveforms[0].dt : undefined;
    const perPoint = dt ?? 1;
    const xs = Float64Array.from({ length }, (_, index) => index * perPoint);
    const { spectrum } = scale;
    shownSpectrum = spectrum;
    chart.draw({
      from: 0,
      to: spectrum ? HIGHEST_FREQUENCY / perPoint : Math.max(1, length - 1) * perPoint,
      lines: [
        ...Array.from({ length: MAX_BEHIND - waveforms.length }, () => []),
        ...waveforms.map((waveform) => [
          spectrum ? onAxis(lineOfSpectrum(waveform, spectrum), 1 / perPoint) : { xs, ys: waveform.values },
        ]),
      ],
      scale,
    });
    element.ariaLabel = `${
      spectrum ? `Spectrum (${spectrum} window) of` : "Waveform"
    } ${name} of ${feed.deviceId}: ${length} points`;
    return true;
  };
  return {
    chart,
    resize: (width, height) => chart.resize(width, height),
    draw,
    next: () => Infinity,
    end: () => chart.destroy(),
  };
}

function onAxis({ xs, ys }: Line, perCycle: number): Line {
  return { xs: Float64Array.from(xs, (x) => x * perCycle), ys };
}

/** The spectra of the waveforms that are shown: each is computed once. */
const spectra = new WeakMap<SeenWaveform, { window: WindowName; line: Line }>();

function lineOfSpectrum(waveform: SeenWaveform, window: WindowName): Line {
  const known = spectra.get(waveform);
  if (known?.window === window) return known.line;
  const { frequencies, amplitudes } = spectrumOf(waveform.values, window);
  const line = { xs: frequencies, ys: amplitudes };
  spectra.set(waveform, { window, line });
  return line;
}

/** The facts of the newest waveform or image, and its controls. */
export function WaveformLegend({ session, feed, plot }: { session: PlotSession; feed: Feed; plot: Plot }) {
  void [session.beat.value, session.revision.value];
  const [name] = plot.names;
  const waveforms = session.picture(feed).waveforms.get(name) ?? [];
  const newest = waveforms.at(-1);
  if (!newest) return null;
  const { min, max } = rangeOf(newest.values);
  const digits = digitsFor({ min, max });
  const shown = waveforms.slice(isPersistent.value ? -MAX_BEHIND : -1);
  const save = () =>
    download(`${feed.deviceId}-${name}`, waveformsToCsv(feed.deviceId, { name, unit: plot.unit }, shown, zone.value));
  const value = feed.values.get(name);
  const isOld = value === undefined || value === null || typeof value !== "object";
  return html`
    ${isOld && html`
      <p class="note warn">
        The newest sample is no ${plot.kind}: <strong>${value === undefined
          ? "no value"
          : valueText(value, plot.unit)}</strong>.
        The ${plot.kind} above is older.
      </p>
    `}
    <p class="number soft">
      Sample #${newest.sequence} of ${timeOfDay(newest.time * 1000)}: ${newest.values.length.toLocaleString()} points,
      from ${withUnit(min, plot.unit, digits)} to ${withUnit(max, plot.unit, digits)}
    </p>
    <div class="row">
      ${plot.kind === "waveform" && html`<label class="row">
        <input type="checkbox" checked=${isPersistent.value} onChange=${(event: Event) => {
        isPersistent.value = (event.target as HTMLInputElement).checked;
        session.frames.request();
      }} />
        Draw the last ${MAX_BEHIND}
      </label>`}
      <button type="button" onClick=${save}>Save as CSV</button>
    </div>
  `;
}

function rangeOf(values: Float64Array) {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
