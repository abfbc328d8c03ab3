import { randomUUID } from "node:crypto";

/** The places of a stream that has ended are kept for so long: its reader connects again within seconds. */
const KEEP_MS = 5 * 60_000;

/** The number of ended streams whose places are kept. */
const MAX_ENDED = 64;

/** The number of newest events of a stream whose places are kept: more than can be on their way to a reader. */
const MAX_STEPS = 20_000;

/** The places of readers whose ids would be too long for a header: such an id names a place that is kept here. */
export class KeptPlaces implements Disposable {
  readonly #journals = new Map<string, PlaceJournal>();
  /** The places of ended streams, the oldest first. */
  readonly #ended = new Map<string, ReturnType<typeof setTimeout>>();

  /** Begins to keep the places of a stream. @param places Those at its beginning. */
  begin(places: ReadonlyMap<string, string>): PlaceJournal {
    const journal = new PlaceJournal(places);
    this.#journals.set(journal.token, journal);
    return journal;
  }

  /** The stream has ended: its places stay for some minutes. */
  end({ token }: PlaceJournal): void {
    this.#ended.set(token, setTimeout(() => this.#drop(token), KEEP_MS));
    if (this.#ended.size > MAX_ENDED) this.#drop(this.#ended.keys().next().value!);
  }

  /** The ids of the benches behind an event, by their names; `undefined` if they are no longer known. */
  find(token: string, event: number): ReadonlyMap<string, string> | undefined {
    return this.#journals.get(token)?.at(event);
  }

  [Symbol.dispose](): void {
    for (const token of [...this.#journals.keys()]) this.#drop(token);
  }

  #drop(token: string): void {
    clearTimeout(this.#ended.get(token));
    this.#ended.delete(token);
    this.#journals.delete(token);
  }
}

/** The places behind each of the newest events of a stream. */
export class PlaceJournal {
  /** The name of the stream, which cannot be guessed. */
  readonly token: string = randomUUID().slice(-12);
  /** The places behind the event with the number `#first`. */
  readonly #base: Map<string, string>;
  #first = 0;
  #steps: [bench: string, id: string][] = [];

  constructor(places: ReadonlyMap<string, string>) {
    this.#base = new Map(places);
  }

  /** Notes an event of a bench; returns its number. */
  add(bench: string, id: string): number {
    this.#steps.push([bench, id]);
    const surplus = this.#steps.length - MAX_STEPS;
    // Removes many at a time, because each removal moves the rest.
    if (surplus > MAX_STEPS / 4) {
      for (const [name, it] of this.#steps.splice(0, surplus)) this.#base.set(name, it);
      this.#first += surplus;
    }
    return this.#first + this.#steps.length;
  }

  /** The places behind an event. */
  at(event: number): ReadonlyMap<string, string> | undefined {
    const steps = event - this.#first;
    if (!(steps >= 0 && steps <= this.#steps.length)) return undefined;
    return new Map([...this.#base, ...this.#steps.slice(0, steps)]);
  }
}
