/// <reference lib="dom" />
import { html } from "htm/preact";
import type { Plot } from "./drawing/plots_of.ts";
import { type WindowName, WINDOWS } from "./drawing/spectrum.ts";
import { setPlot, settingsOf } from "./drawing/plot_settings.ts";

/** The scale of a plot, large digits, full screen, and its picture as a file. */
export function PlotOptions({ plot, card, onPng, onSvg }: {
  plot: Plot;
  card: () => HTMLElement | null;
  onPng: () => void;
  /** Absent for a plot without lines. */
  onSvg?: () => void;
}) {
  const { key } = plot;
  const settings = settingsOf(key);
  const box = (name: "isLogarithmic" | "isInverted" | "isBig" | "isHeatMap", words: string) =>
    html`
      <label class="row">
        <input type="checkbox" checked=${settings[name] === true} onChange=${(event: Event) =>
          setPlot(key, { [name]: (event.target as HTMLInputElement).checked })} />
        ${words}
      </label>
    `;
  const end = (name: "min" | "max", words: string) =>
    html`
      <label class="row">
        ${words}
        <input type="number" step="any" size="8" placeholder="auto" value=${settings[name] ?? ""} onChange=${(
          event: Event,
        ) => setPlot(key, { [name]: numberIn((event.target as HTMLInputElement).value) })} />
      </label>
    `;
  const toggleFull = () =>
    void (document.fullscreenElement ? document.exitFullscreen() : card()?.requestFullscreen?.());
  return html`
    <details class="plot-options">
      <summary>Options<span class="heard-only"> of ${plot.title}</span></summary>
      <div class="row">
        ${plot.kind === "waveform" && box("isHeatMap", "Heat map of the last waveforms")}
        ${plot.kind === "waveform" && !settings.isHeatMap && html`
          <label class="row">
            Spectrum
            <select value=${settings.spectrum ?? ""} onChange=${(event: Event) =>
              setPlot(key, { spectrum: windowIn((event.target as HTMLSelectElement).value) })}>
              <option value="">none</option>
              ${Object.keys(WINDOWS).map((name) => html`<option key=${name} value=${name}>${name} window</option>`)}
            </select>
          </label>
        `}
        ${plot.kind !== "image" && !settings.isHeatMap && html`
          ${box("isLogarithmic", "Logarithmic")} ${box("isInverted", "Inverted")}
          ${end("min", `From${plot.unit && ` (${plot.unit})`}`)} ${end("max", "To")}
        `}
        ${plot.kind === "number" && box("isBig", "Large digits")}
        <button type="button" onClick=${toggleFull}>Full screen</button>
        <button type="button" onClick=${onPng}>Save as PNG</button>
        ${onSvg && html`<button type="button" onClick=${onSvg}>Save as SVG</button>`}
      </div>
    </details>
  `;
}

function numberIn(text: string): number | undefined {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? undefined : number;
}

function windowIn(name: string): WindowName | undefined {
  return Object.hasOwn(WINDOWS, name) ? name as WindowName : undefined;
}
