/// <reference lib="dom" />
import { html } from "htm/preact";
import { setPlot, settingsOf } from "./drawing/plot_settings.ts";
import { type WindowName, WINDOWS } from "./drawing/spectrum.ts";

/** A vertical axis whose scale is chosen. */
export interface AxisChoice {
  /** The key of its settings. */
  key: string;
  kind: "number" | "waveform" | "image";
  unit: string;
  /** The words for the axis; empty if the plot has only one. */
  words: string;
}

/** The scales of a plot, large digits, full screen, and its picture as a file. */
export function PlotOptions({ axes, title, card, onPng, onSvg, hasDigits = true }: {
  /** The axes of the plot. The first one also has the options that do not concern a scale. */
  axes: AxisChoice[];
  title: string;
  card: () => HTMLElement | null;
  onPng: () => void;
  /** Absent for a plot without lines. */
  onSvg?: () => void;
  hasDigits?: boolean;
}) {
  const [{ key, kind }] = axes;
  const settings = settingsOf(key);
  const toggleFull = () =>
    void (document.fullscreenElement ? document.exitFullscreen() : card()?.requestFullscreen?.());
  return html`
    <details class="plot-options">
      <summary>Options<span class="visually-hidden"> of ${title}</span></summary>
      <div class="row">
        ${kind === "waveform" && html`<${Box} of=${key} name="isHeatMap">Heat map of the last waveforms<//>`}
        ${kind === "waveform" && !settings.isHeatMap && html`
          <label class="row">
            Spectrum
            <select value=${settings.spectrum ?? ""} onChange=${(event: Event) =>
              setPlot(key, { spectrum: windowIn((event.target as HTMLSelectElement).value) })}>
              <option value="">none</option>
              ${Object.keys(WINDOWS).map((name) => html`<option key=${name} value=${name}>${name} window</option>`)}
            </select>
          </label>
        `}
        ${kind !== "image" && !settings.isHeatMap && axes.map((axis) => html`<${Axis} key=${axis.key} axis=${axis} />`)}
        ${kind === "number" && hasDigits && html`<${Box} of=${key} name="isBig">Large digits<//>`}
        <button type="button" onClick=${toggleFull}>Full screen</button>
        <button type="button" onClick=${onPng}>Save as PNG</button>
        ${onSvg && html`<button type="button" onClick=${onSvg}>Save as SVG</button>`}
      </div>
    </details>
  `;
}

/** The scale of one axis. */
function Axis({ axis: { key, unit, words } }: { axis: AxisChoice }) {
  const settings = settingsOf(key);
  const named = (word: string) => words ? `${words}: ${word.toLowerCase()}` : word;
  const end = (name: "min" | "max", word: string) =>
    html`
      <label class="row">
        ${word}
        <input type="number" step="any" size="8" placeholder="auto" value=${settings[name] ?? ""} onChange=${(
          event: Event,
        ) => setPlot(key, { [name]: numberIn((event.target as HTMLInputElement).value) })} />
      </label>
    `;
  return html`
    <${Box} of=${key} name="isLogarithmic">${named("Logarithmic")}<//>
    <${Box} of=${key} name="isInverted">${named("Inverted")}<//>
    <${Box} of=${key} name="isShared">${named(`Same range as other plots${unit && ` in ${unit}`}`)}<//>
    ${end("min", named(`From${unit && ` (${unit})`}`))} ${end("max", named("To"))}
  `;
}

type FlagName = "isLogarithmic" | "isInverted" | "isShared" | "isBig" | "isHeatMap";

function Box({ of, name, children }: { of: string; name: FlagName; children: string }) {
  return html`
    <label class="row">
      <input type="checkbox" checked=${settingsOf(of)[name] === true} onChange=${(event: Event) =>
        setPlot(of, { [name]: (event.target as HTMLInputElement).checked })} />
      ${children}
    </label>
  `;
}

function numberIn(text: string): number | undefined {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? undefined : number;
}

function windowIn(name: string): WindowName | undefined {
  return Object.hasOwn(WINDOWS, name) ? name as WindowName : undefined;
}
