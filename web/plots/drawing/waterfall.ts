import type { SeenWaveform } from "../../stream/picture.ts";

/** A wider picture has no more pixels to show. */
const MAX_COLUMNS = 1024;

/** Waveforms as a table, the newest in the first row; NaN where a row is shorter than the others. */
export interface Waterfall {
  width: number;
  values: Float64Array;
  /** The longest waveform. */
  points: number;
}

/**
 * The table of waveforms. Of a long waveform each column has the number that is farthest from zero: no peak is lost.
 *
 * @param waveforms The newest last.
 */
export function waterfallOf(waveforms: readonly SeenWaveform[]): Waterfall {
  const points = Math.max(1, ...waveforms.map(({ values }) => values.length));
  const width = Math.min(MAX_COLUMNS, points);
  const values = new Float64Array(width * waveforms.length).fill(NaN);
  const perColumn = points / width;
  for (const [row, { values: from }] of waveforms.toReversed().entries()) {
    for (let x = 0; x < width; x++) {
      let peak = NaN;
      const end = Math.min(from.length, Math.ceil((x + 1) * perColumn));
      for (let i = Math.floor(x * perColumn); i < end; i++) {
        if (!(Math.abs(from[i]) <= Math.abs(peak))) peak = Number.isNaN(from[i]) ? peak : from[i];
      }
      values[row * width + x] = peak;
    }
  }
  return { width, values, points };
}
