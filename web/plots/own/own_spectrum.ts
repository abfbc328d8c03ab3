/// <reference lib="dom" />
import { signal } from "@preact/signals";
import { Chart } from "../../chart/chart.ts";
import { valueLabels } from "../../chart/value_axis.ts";
import type { PlotSession } from "../../stream/plot_session.ts";
import { count, withUnit } from "../../words/quantities.ts";
import type { PlotDrawing } from "../drawing/over_time.ts";
import { MAX_TOTAL_RATE_HZ } from "../../stream/stream_request.ts";
import { wholeFrom } from "../drawing/left_out.ts";
import { MAX_SPECTRUM_POINTS, spectrumOf, type WindowName } from "../drawing/spectrum.ts";
import { EVEN, evenly, MAX_LONGEST, MIN_SAMPLES } from "./evenly.ts";
import { formulaLines } from "./lines_of_plot.ts";
import { resolveFormula } from "./operands.ts";
import { namesOf, scalesOf, settingsReader, sidesOf } from "./own_drawing.ts";
import type { OwnPlot } from "./own_plot.ts";

const DEFAULT_WINDOW: WindowName = "Hann";
/** The shortest time between two spectra: each takes some milliseconds, and a person sees no more. */
const PERIOD_MS = 500;

interface Found {
  frequencies: Float64Array;
  amplitudes: Float64Array;
  /** The source of the spectrum. */
  words: string;
}

/** The words on the spectra of a plot, by its id: their sources, or the reason why there are none. */
export const spectrumWords = signal<Readonly<Record<string, string>>>({});

/** Draws the spectra of the formulas of a plot, in the time range of the page. */
export function ownSpectrum(element: HTMLElement, session: PlotSession, plot: OwnPlot): PlotDrawing {
  const window = plot.window ?? DEFAULT_WINDOW;
  const chart = new Chart(element, {
    ...sidesOf(plot, session),
    x: {
      labels: (marks, step) => valueLabels(marks, step, "Hz"),
      title: () => `frequency, ${window} window; amplitude of a sine (peak), at 0 Hz the mean`,
    },
  });
  const settings = settingsReader(plot);
  let drawn: unknown[] = [];
  let spectra: (Found | string)[] = [];
  let computedAt = -Infinity;
  const draw = () => {
    const { from, to } = session.view.range;
    const samples = [...session.feeds.values()].reduce((sum, feed) => sum + feed.samples, 0);
    const source = session.view.isHalted.value ? `${from} ${to}` : samples;
    const key = [source, session.revision.value, settings(), chart.sharing];
    if (key.every((part, i) => part === drawn[i])) return false;
    const isNew = key[0] !== drawn[0] || key[1] !== drawn[1];
    // A view that stands still is drawn once.
    const isEarly = !session.view.isHalted.value && performance.now() - computedAt < PERIOD_MS;
    if (isNew && isEarly) return false;
    drawn = key;
    if (isNew) {
      computedAt = performance.now();
      spectra = plot.lines.map(({ formula }) => spectrumIn(session, formula, window));
      const words = plot.lines.map(({ formula }, i) => {
        const found = spectra[i];
        return `${formula}: ${typeof found === "string" ? found : found.words}`;
      }).join(" ");
      if (spectrumWords.peek()[plot.id] !== words) spectrumWords.value = { ...spectrumWords.peek(), [plot.id]: words };
    }
    const lines = spectra.map((found) =>
      typeof found === "string" ? [] : [{ xs: found.frequencies, ys: found.amplitudes }]
    );
    const highest = Math.max(...lines.flat().map(({ xs }) => xs[xs.length - 1]));
    chart.draw({ from: 0, to: highest > 0 ? highest : 1, lines, ...scalesOf(plot) });
    element.ariaLabel = `Spectrum (${window} window) of ${namesOf(plot)}`;
    return true;
  };
  return {
    chart,
    resize: (width, height) => chart.resize(width, height),
    draw,
    next: () => Math.max(0, computedAt + PERIOD_MS - performance.now()) || Infinity,
    end: () => chart.destroy(),
  };
}

/** The spectrum of a formula in the visible range; the reason in words, if there is none. */
function spectrumIn(session: PlotSession, text: string, window: WindowName): Found | string {
  const { from, to } = session.view.range;
  const resolved = resolveFormula(text, session.feeds);
  if (typeof resolved === "string") return resolved;
  const wholeSince = Math.max(from, ...resolved.operands.map(({ feed }) => wholeFrom(session, feed)));
  const lines = formulaLines(session, text, { from: wholeSince, to });
  const found = typeof lines === "string" ? undefined : evenly(lines, wholeSince, to);
  if (!found) {
    return wholeSince > from
      ? `a spectrum needs each sample, and the page has not got all of them. It gets each one ` +
        `of devices with ${MAX_TOTAL_RATE_HZ} a second together. Pause and zoom in to get those that were left out.`
      : `a spectrum needs at least ${MIN_SAMPLES} samples without a break in what is shown.`;
  }
  const { values, rate, unevenness, longest } = found;
  const isPart = found.isPart || wholeSince > from;
  if (longest > MAX_LONGEST) {
    return `the samples are too uneven for a spectrum: one interval is ${longest.toPrecision(2)} times their mean. ` +
      "A driver that gives the times of its instrument has even ones.";
  }
  if (values.length > MAX_SPECTRUM_POINTS) return `a spectrum takes at most ${count(MAX_SPECTRUM_POINTS, "sample")}.`;
  const { frequencies, amplitudes } = spectrumOf(values, window);
  const words = [
    `${count(values.length, "sample")}${isPart ? " since the last one that was left out" : ""} at ${
      withUnit(rate, "Hz")
    }`,
    ...unevenness > EVEN ? [`their times are uneven by ${withPercent(unevenness)}, so they are interpolated`] : [],
  ];
  return { frequencies: frequencies.map((f) => f * rate), amplitudes, words: `${words.join("; ")}.` };
}

function withPercent(part: number): string {
  return `${Number((part * 100).toPrecision(2))} % of an interval`;
}
