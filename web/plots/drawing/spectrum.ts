import FFT from "fft.js";

/** The limit of points: of a longer waveform, only the first ones are used. One spectrum takes some milliseconds. */
export const MAX_SPECTRUM_POINTS = 131_072;

/** Window functions by their names: the factor of a point at this part of the waveform, from 0 to 1. */
export const WINDOWS = {
  Hann: (part: number): number => 0.5 - 0.5 * Math.cos(2 * Math.PI * part),
  Hamming: (part: number): number => 0.54 - 0.46 * Math.cos(2 * Math.PI * part),
  Blackman: (part: number): number => 0.42 - 0.5 * Math.cos(2 * Math.PI * part) + 0.08 * Math.cos(4 * Math.PI * part),
  "Blackman-Harris": (part: number): number =>
    0.35875 - 0.48829 * Math.cos(2 * Math.PI * part) + 0.14128 * Math.cos(4 * Math.PI * part) -
    0.01168 * Math.cos(6 * Math.PI * part),
  "flat top": (part: number): number =>
    0.21557895 - 0.41663158 * Math.cos(2 * Math.PI * part) + 0.277263158 * Math.cos(4 * Math.PI * part) -
    0.083578947 * Math.cos(6 * Math.PI * part) + 0.006947368 * Math.cos(8 * Math.PI * part),
  rectangular: (): number => 1,
};

/** The name of a window function. */
export type WindowName = keyof typeof WINDOWS;

/** The spectrum of a waveform. */
export interface Spectrum {
  /** Cycles per point of the waveform, from 0 to 0.5. */
  frequencies: Float64Array;
  /** The amplitudes of sines, in the waveform's unit; at 0 the mean. NaN if the waveform has a missing number. */
  amplitudes: Float64Array;
}

/**
 * The amplitudes of the sines in a waveform. A sine with the amplitude 1 at one of the frequencies has 1 there, with each
 * window. Zeros are added up to a power of two: the frequencies are closer, not finer.
 */
export function spectrumOf(values: Float64Array, window: WindowName): Spectrum {
  const count = Math.min(values.length, MAX_SPECTRUM_POINTS);
  const size = Math.max(4, 2 ** Math.ceil(Math.log2(count)));
  const input = new Float64Array(size);
  const factor = WINDOWS[window];
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = factor(i / count);
    sum += weight;
    input[i] = weight * values[i];
  }
  const fft = new FFT(size);
  const output = fft.createComplexArray();
  fft.realTransform(output, Array.from(input));
  const half = size / 2;
  const frequencies = Float64Array.from({ length: half + 1 }, (_, k) => k / size);
  const amplitudes = frequencies.map((_, k) => {
    // The mean and the highest frequency have no second, mirrored part.
    const sides = k === 0 || k === half ? 1 : 2;
    return sides * Math.hypot(output[2 * k], output[2 * k + 1]) / sum;
  });
  return { frequencies, amplitudes };
}
