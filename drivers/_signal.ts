/** The forms of a generated signal. */
export const SHAPES = ["sine", "square", "noise", "chirp"] as const;

/** The settings of a signal. They may change at any time: the phase goes on. */
export interface SignalSettings {
  shape: typeof SHAPES[number];
  /** The height of the signal above and below `offset`, in volts. */
  amplitude: number;
  /** In Hz; of a chirp, at its beginning. */
  frequency: number;
  /** In volts. */
  offset: number;
  /** The part of a period for which a square is high. */
  duty: number;
  /** The frequency at the end of a chirp, in Hz. */
  end_frequency: number;
  /** The time from the beginning to the end of a chirp, in seconds. */
  sweep_time: number;
}

/** A signal as a sequence of values at equal distances. */
export class Signal {
  readonly #settings: SignalSettings;
  /** In periods, from 0 to 1. */
  #phase: number;
  /** The time in the present sweep, in seconds. */
  #time = 0;
  #seed: number;

  /**
   * @param phase The phase of the first value, in periods.
   * @param seed The same seed gives the same noise.
   */
  constructor(settings: SignalSettings, { phase = 0, seed = 0 } = {}) {
    this.#settings = settings;
    this.#phase = phase;
    this.#seed = seed >>> 0;
  }

  /** The present value, in volts. Then `seconds` pass. */
  next(seconds: number): number {
    const value = this.#value();
    this.skip(seconds);
    return value;
  }

  /** Lets `seconds` pass. */
  skip(seconds: number): void {
    const { shape, frequency, end_frequency: end, sweep_time: sweep } = this.#settings;
    let periods = frequency * seconds;
    if (shape === "chirp") {
      const to = this.#time + seconds;
      // The integral of a frequency that rises evenly.
      periods += (end - frequency) * (to * to - this.#time * this.#time) / (2 * sweep);
      this.#time = to;
      if (to >= sweep) {
        this.#time = to % sweep;
        this.#phase = 0;
        periods = frequency * this.#time + (end - frequency) * this.#time ** 2 / (2 * sweep);
      }
    }
    this.#phase = (this.#phase + periods) % 1;
  }

  #value(): number {
    const { shape, amplitude, offset, duty } = this.#settings;
    if (shape === "noise") return offset + amplitude * (2 * this.#random() - 1);
    if (shape === "square") return offset + (this.#phase < duty ? amplitude : -amplitude);
    return offset + amplitude * Math.sin(2 * Math.PI * this.#phase);
  }

  /** A number from 0 to 1, by the generator mulberry32. */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
}
