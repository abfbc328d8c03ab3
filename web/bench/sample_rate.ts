import { RateMeter } from "../../lib/format/rate_meter.ts";

/** After this many periods without a sample, plus the delay of polls, a device counts as silent. */
const MAX_PERIODS = 3;
/** The delay of polls: a sample is seen up to a second late. */
const POLL_MS = 1_000;
/** The least number of samples in the window; with fewer, the rate is that of the last changes. */
const MIN_SAMPLES = 4;
const MAX_CHANGES = 8;
/** The silence of a device whose period is not known yet. */
const MAX_UNKNOWN_SILENCE_MS = 30_000;

/**
 * The rate of a device by its own period: a device that gives a sample every ten seconds is not silent after five. It is read
 * from the sequence numbers of the polls.
 */
export class SampleRate {
  readonly #meter = new RateMeter();
  /** The polls with new samples. The first poll does not count: its samples may be old. */
  #changes: { sequence: number; timeMs: number }[] = [];
  #first: { sequence: number; timeMs: number; epoch: string } | undefined;

  /** Adds the result of a poll. */
  add(sequence: number, timeMs: number, epoch: string): void {
    this.#meter.add(sequence, timeMs, epoch);
    const last = this.#changes.at(-1) ?? this.#first;
    if (!last || epoch !== this.#first!.epoch || sequence < last.sequence) {
      this.#first = { sequence, timeMs, epoch };
      this.#changes = [];
    } else if (sequence > last.sequence) {
      this.#changes.push({ sequence, timeMs });
      if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    }
  }

  /** The rate in Hz; 0 for a device that is silent for longer than its period explains; `undefined` before it is known. */
  get rate(): number | undefined {
    const { silenceMs } = this;
    if (silenceMs === undefined) return undefined;
    if (this.#meter.samples >= MIN_SAMPLES) return this.#meter.rate;
    const [first, last] = [this.#changes[0], this.#changes.at(-1)];
    if (!last || first === last) return silenceMs > MAX_UNKNOWN_SILENCE_MS ? 0 : undefined;
    const periodMs = (last.timeMs - first.timeMs) / (last.sequence - first.sequence);
    return silenceMs > MAX_PERIODS * periodMs + POLL_MS ? 0 : Number((1000 / periodMs).toPrecision(2));
  }

  /** The time since the newest sample that came while this looked, else since the first look. */
  get silenceMs(): number | undefined {
    const since = (this.#changes.at(-1) ?? this.#first)?.timeMs;
    return since === undefined ? undefined : this.lastTimeMs! - since;
  }

  /** The time of the last poll. */
  get lastTimeMs(): number | undefined {
    return this.#meter.lastTimeMs;
  }
}
