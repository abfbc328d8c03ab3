/** The initial number of samples that a trace has room for. */
const FIRST_ROOM = 1024;

/** A value of a channel that is not always a number. */
export type Word = string | boolean | number | null;

/**
 * The newest samples of one device: the numbers and words of each channel over time. It keeps at least `capacity` of them,
 * and never more than a quarter above that: the oldest go first. Memory grows to that bound and no further.
 *
 * Columns of numbers are plain typed arrays in which `from` to `to` counts, so that what is drawn is a view of them and no copy.
 */
export class Trace {
  readonly capacity: number;
  /** Seconds since 1970, by the daemon's present clock; never falling. */
  times: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROOM);
  /** The samples' own times: those of {@linkcode times}, as the daemon's clock was then. */
  stamps: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROOM);
  sequences: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROOM);
  /** The number of samples that thinning left out before each. */
  skipped: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROOM);
  /** 1 where the line continues from the previous sample. */
  joined: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_ROOM);
  readonly columns: Map<string, Float64Array<ArrayBuffer>> = new Map();
  /** The channels that have had a value other than a number. */
  readonly words: Map<string, Word[]> = new Map();
  /** The first sample that is kept. */
  from = 0;
  /** Behind the last one. */
  to = 0;

  constructor(capacity = 32_768) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.to - this.from;
  }

  /** The time of the newest sample. */
  get newest(): number | undefined {
    return this.length ? this.times[this.to - 1] : undefined;
  }

  /** Makes a channel, unless the trace has one of that name. */
  addColumn(name: string): void {
    if (!this.columns.has(name)) this.columns.set(name, new Float64Array(this.times.length).fill(NaN));
  }

  /** Adds a sample that is not older than the newest one. Its values are put in with {@linkcode set} and {@linkcode setWord}. */
  append(time: number, sequence: number, skipped: number, joined: boolean): void {
    if (this.to === this.times.length) this.#makeRoom();
    const at = this.to++;
    this.times[at] = this.stamps[at] = time;
    this.sequences[at] = sequence;
    this.skipped[at] = skipped;
    this.joined[at] = joined ? 1 : 0;
    for (const column of this.columns.values()) column[at] = NaN;
    for (const column of this.words.values()) column[at] = null;
    if (this.length > this.capacity) this.from++;
  }

  /** Puts a number into the newest sample. */
  set(name: string, value: number): void {
    this.columns.get(name)![this.to - 1] = value;
  }

  /** Puts a word into the newest sample; makes the channel, if there is none. */
  setWord(name: string, word: Word): void {
    let column = this.words.get(name);
    if (!column) this.words.set(name, column = Array.from({ length: this.to }, () => null));
    const at = this.to - 1;
    // A state that stays is kept as one text, and not as one for each sample.
    column[at] = column[at - 1] === word ? column[at - 1] : word;
  }

  /** Moves all samples in time: the daemon's clock was set by so many seconds. Their stamps stay. */
  shift(seconds: number): void {
    for (let i = this.from; i < this.to; i++) this.times[i] += seconds;
  }

  /** Drops the samples from a time on, and returns their number. */
  cutFrom(time: number): number {
    const to = this.find(time);
    const cut = this.to - to;
    this.to = to;
    return cut;
  }

  /** The place of the first sample that is not before a time. */
  find(time: number): number {
    let [low, high] = [this.from, this.to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A copy of the samples that later ones do not change. */
  snapshot(): Trace {
    const copy = new Trace(this.capacity);
    const cut = (column: Float64Array<ArrayBuffer>) => column.slice(this.from, this.to);
    copy.times = cut(this.times);
    copy.stamps = cut(this.stamps);
    copy.sequences = cut(this.sequences);
    copy.skipped = cut(this.skipped);
    copy.joined = this.joined.slice(this.from, this.to);
    for (const [name, column] of this.columns) copy.columns.set(name, cut(column));
    for (const [name, column] of this.words) copy.words.set(name, column.slice(this.from, this.to));
    copy.to = this.length;
    return copy;
  }

  /** Moves what counts to the front where that gives enough room, and else into longer columns. */
  #makeRoom(): void {
    const { from, to } = this;
    const room = this.times.length;
    const most = Math.ceil(this.capacity * 1.25);
    const isEnough = room >= most && from > 0;
    const length = isEnough ? room : Math.min(most, Math.max(FIRST_ROOM, room * 2));
    const move = (column: Float64Array<ArrayBuffer>) => {
      if (isEnough) return column.copyWithin(0, from, to);
      const longer = new Float64Array(length);
      longer.set(column.subarray(from, to));
      return longer;
    };
    this.times = move(this.times);
    this.stamps = move(this.stamps);
    this.sequences = move(this.sequences);
    this.skipped = move(this.skipped);
    const joined = new Uint8Array(length);
    joined.set(this.joined.subarray(from, to));
    this.joined = joined;
    for (const [name, column] of this.columns) this.columns.set(name, move(column));
    for (const [name, column] of this.words) this.words.set(name, column.slice(from, to));
    this.from = 0;
    this.to = to - from;
  }
}
