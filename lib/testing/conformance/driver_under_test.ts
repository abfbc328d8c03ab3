/** The instrument at the other end, as far as the suite controls it. {@linkcode FakeInstrument} implements it. */
export interface Instrument {
  /** Breaks all connections and refuses new ones. */
  drop(): void | Promise<void>;
  /** Accepts connections again. */
  restore(): void | Promise<void>;
}

/** The time limits of the suite, in milliseconds. */
export interface CheckLimits {
  /** For `connect`, and for the start of a run. */
  connectMs: number;
  /** For the stop of a run, and for `disconnect`. */
  stopMs: number;
  /** For the first sample of a run, and for the error after the instrument was lost. */
  sampleMs: number;
}

/** The inputs of one check. */
export interface CheckInput {
  file: URL;
  params: Record<string, unknown>;
  options: Record<string, unknown>;
  instrument?: Instrument;
  limits: CheckLimits;
}

/** Runs the driver in some way and returns the facts that rules read. */
export type Observe<Facts> = (driver: DriverUnderTest) => Promise<Facts>;

/** The driver that one check is about. Several rules read the same facts; each is observed once. */
export class DriverUnderTest implements AsyncDisposable {
  readonly input: CheckInput;
  readonly #atEnd = new AsyncDisposableStack();
  readonly #observed = new Map<unknown, Promise<unknown>>();

  constructor(input: CheckInput) {
    this.input = input;
  }

  /** The facts that `observe` returns, from its first call. Rejects as that call did. */
  once<Facts>(observe: Observe<Facts>): Promise<Facts> {
    const facts = this.#observed.get(observe) ?? observe(this);
    this.#observed.set(observe, facts);
    return facts as Promise<Facts>;
  }

  /** Disposes of `it` at the end of the check, unless the check does so before. */
  defer(it: AsyncDisposable): void {
    this.#atEnd.use(it);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#atEnd.disposeAsync();
  }
}
