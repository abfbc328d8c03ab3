/** What the suite may do to the instrument: {@linkcode FakeInstrument} can. */
export interface Instrument {
  /** Breaks the line, and is not to be found any more. */
  drop(): void | Promise<void>;
  /** Is there again. */
  comeBack(): void | Promise<void>;
}

/** How patient the suite is, in milliseconds. */
export interface Patience {
  connect: number;
  stop: number;
  /** How long the first sample of a run may take, and how long it may take to notice that the instrument is lost. */
  sample: number;
}

/** The driver under trial, and how to make a device of it. */
export interface Subject {
  file: URL;
  params: Record<string, unknown>;
  options: Record<string, unknown>;
  instrument?: Instrument;
  patience: Patience;
}

/** Something that is done with a driver, and what was seen meanwhile. */
export type Experiment<Seen> = (trial: Trial) => Promise<Seen>;

/** One check of one driver. Rules ask for what they need to see; each experiment is made once. */
export class Trial {
  readonly subject: Subject;
  readonly #made = new Map<unknown, Promise<unknown>>();

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** What an experiment saw, or rejects as it did. */
  see<Seen>(experiment: Experiment<Seen>): Promise<Seen> {
    const made = this.#made.get(experiment) ?? experiment(this);
    this.#made.set(experiment, made);
    return made as Promise<Seen>;
  }
}
