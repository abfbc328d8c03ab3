import { SampleClock } from "../../async/clock.ts";
import type { InstrumentClockStatus } from "../../wire/device.ts";
import type { ClockSource } from "../../wire/events.ts";
import { InstrumentClock, type SampleSpan } from "./instrument_clock.ts";

/** The instrument's clock is reported at most so often. */
const REPORT_MS = 2_000;

/** The reports of {@linkcode SampleClocks}. */
export interface ClockEvents {
  /** A clock was set by so many milliseconds before the next sample. */
  set(stepMs: number, source: ClockSource): void;
  /** The instrument's clock, every two seconds while samples with its times are placed. */
  report(status: InstrumentClockStatus): void;
}

/** The clocks of a device's samples: the host's and, where the driver gives its times, the instrument's. */
export class SampleClocks {
  readonly #events: ClockEvents;
  readonly #host = new SampleClock();
  #instrument: InstrumentClock | undefined;
  #reportedMs = -Infinity;

  constructor(events: ClockEvents) {
    this.#events = events;
  }

  /** A new run begins: an instrument's clock that counts from a zero of its own may begin again. */
  begin(): void {
    this.#instrument?.begin();
  }

  /** The host's time. */
  read(): number {
    const time = this.#host.read();
    const { step } = this.#host;
    if (step !== 0) {
      this.#instrument?.hostSet(step);
      this.#events.set(step, "host");
    }
    return time;
  }

  /** Places samples with times of the instrument's. */
  place(span: SampleSpan): { start: number; received: number } {
    const received = this.#host.read();
    const instrument = this.#instrument ??= new InstrumentClock();
    const hostStep = this.#host.step;
    if (hostStep !== 0 && instrument.hostSet(hostStep)) this.#events.set(hostStep, "host");
    const { start, step } = instrument.place(span, received);
    if (step !== 0) this.#events.set(step, "instrument");
    const now = performance.now();
    if (now - this.#reportedMs >= REPORT_MS) {
      this.#reportedMs = now;
      this.#events.report(instrument.status());
    }
    return { start, received };
  }
}
