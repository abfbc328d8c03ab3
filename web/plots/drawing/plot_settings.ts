import { signal } from "@preact/signals";
import type { ValueScale } from "../../chart/value_scale.ts";
import type { WindowName } from "./spectrum.ts";

/** The settings that a person chose for one plot. */
export interface PlotSettings extends ValueScale {
  /** True if the newest values are shown in large digits. */
  isBig?: boolean;
  /** True if waveforms are drawn as rows of colours. */
  isHeatMap?: boolean;
  /** The window function of the spectrum that is drawn in place of a waveform. */
  spectrum?: WindowName;
}

/** The choices by the plots' keys. */
export const plotSettings = signal<Readonly<Record<string, PlotSettings>>>({});

const NONE: PlotSettings = {};

/** The choices for a plot. */
export function settingsOf(key: string): PlotSettings {
  return plotSettings.value[key] ?? NONE;
}

/** Changes some choices for a plot. */
export function setPlot(key: string, change: PlotSettings): void {
  plotSettings.value = { ...plotSettings.value, [key]: { ...settingsOf(key), ...change } };
}
