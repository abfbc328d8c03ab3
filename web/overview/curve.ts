import type { Waveform } from "../stream/channels.ts";
import { CURVE_SECONDS, type DeviceReadings } from "./device_readings.ts";

/** The width of a curve in its own units. */
export const CURVE_WIDTH = 200;
/** The height of a curve in its own units. */
export const CURVE_HEIGHT = 40;
/** Room for the width of the line. */
const MARGIN = 2;

/** The path of an SVG that shows the last minute up to `now` (s), or the newest waveform; empty without points. */
export function curvePath({ times, numbers, waveform }: DeviceReadings, now: number): string {
  if (waveform) return waveformPath(waveform);
  const from = now - CURVE_SECONDS;
  return path(numbers, (i) => (times[i] - from) / CURVE_SECONDS);
}

function waveformPath(waveform: Waveform): string {
  const step = Math.max(1, Math.floor(waveform.length / CURVE_WIDTH));
  const shown = Array.from({ length: Math.ceil(waveform.length / step) }, (_, i) => waveform[i * step]);
  return path(shown, (i) => i / Math.max(1, shown.length - 1));
}

/** @param x The place of a point, from 0 to 1. */
function path(numbers: readonly number[], x: (i: number) => number): string {
  let [min, max] = [Infinity, -Infinity];
  numbers.forEach((number, i) => {
    if (!Number.isFinite(number) || x(i) < 0) return;
    if (number < min) min = number;
    if (number > max) max = number;
  });
  const height = CURVE_HEIGHT - 2 * MARGIN;
  // A constant is a line in the middle.
  const y = (value: number) => max > min ? MARGIN + height * (1 - (value - min) / (max - min)) : CURVE_HEIGHT / 2;
  let text = "";
  let isPenDown = false;
  numbers.forEach((number, i) => {
    const isShown = Number.isFinite(number) && x(i) >= 0;
    if (isShown) {
      text += `${!isPenDown ? "M" : "L"}${(x(i) * CURVE_WIDTH).toFixed(1)} ${y(number).toFixed(1)}`;
      // A point of its own is drawn by the round ends of its line.
      if (!isPenDown) text += "h0";
    }
    isPenDown = isShown;
  });
  return text;
}
