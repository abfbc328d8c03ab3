/** Sequence numbers from `first` up to, not including, `next`. */
export interface SequenceSpan {
  first: number;
  next: number;
}

/** A set of sequence numbers, as spans in order. */
export class Spans {
  readonly #spans: SequenceSpan[] = [];

  get all(): readonly SequenceSpan[] {
    return this.#spans;
  }

  add(first: number, next: number): void {
    if (next <= first) return;
    const last = this.#spans.at(-1);
    if (last?.next === first) {
      last.next = next;
      return;
    }
    // Nearly always behind all others.
    let at = this.#spans.length;
    while (at > 0 && this.#spans[at - 1].next >= first) at--;
    let end = at;
    while (end < this.#spans.length && this.#spans[end].first <= next) end++;
    const joined = this.#spans.slice(at, end);
    const span = {
      first: Math.min(first, ...joined.map((it) => it.first)),
      next: Math.max(next, ...joined.map((it) => it.next)),
    };
    this.#spans.splice(at, end - at, span);
  }

  /** True if the spans contain all of these numbers. */
  has(first: number, next: number): boolean {
    const found = this.#spans.findLast((it) => it.first <= first);
    return found !== undefined && found.next >= next;
  }

  /** The parts of a span that it does not have. */
  missing(first: number, next: number): SequenceSpan[] {
    const missing: SequenceSpan[] = [];
    let from = first;
    for (const span of this.#spans) {
      if (span.next <= from || span.first >= next) continue;
      if (span.first > from) missing.push({ first: from, next: span.first });
      from = Math.max(from, span.next);
    }
    if (from < next) missing.push({ first: from, next });
    return missing;
  }

  /** The missing spans between the first and the last number. */
  gaps(): SequenceSpan[] {
    return this.#spans.slice(1).map(({ first }, i) => ({ first: this.#spans[i].next, next: first }));
  }
}

/** The spans of a key; new ones, if it has none yet. */
export function spansOf(all: Map<string, Spans>, key: string): Spans {
  const spans = all.get(key) ?? new Spans();
  all.set(key, spans);
  return spans;
}
