/** Stands in the place of a secret. */
export const MASK = "********";

/** Shorter texts are not removed: they would be removed from ordinary words. */
export const MIN_SECRET_LENGTH = 4;

/**
 * Secrets, sorted so that the time for a text grows with the logarithm of their number.
 *
 * @example
 * ```ts
 * import { SecretIndex } from "./secret_index.ts";
 *
 * const secrets = new SecretIndex(["hunter2", "hunter22"]);
 * console.assert(secrets.removeFrom("login with hunter22 failed") === "login with ******** failed");
 * ```
 */
export class SecretIndex {
  /** The secrets, as they are and as they stand in JSON, sorted by their characters. */
  readonly #forms: string[];
  /** For each form the index of the longest other form that it begins with; -1 for none. */
  readonly #shorter: Int32Array;
  /** The beginnings of the forms: most places of a text begin none. */
  readonly #starts = new Set<string>();

  constructor(secrets: Iterable<string>) {
    const forms = new Set<string>();
    for (const secret of secrets) {
      if (secret.length >= MIN_SECRET_LENGTH) forms.add(secret).add(JSON.stringify(secret).slice(1, -1));
    }
    this.#forms = [...forms].sort((a, b) => a < b ? -1 : 1);
    this.#shorter = new Int32Array(this.#forms.length).fill(-1);
    for (const [i, form] of this.#forms.entries()) {
      this.#starts.add(form.slice(0, MIN_SECRET_LENGTH));
      let before = i - 1;
      while (before >= 0 && !form.startsWith(this.#forms[before])) before = this.#shorter[before];
      this.#shorter[i] = before;
    }
  }

  /** A text, which may be JSON, with `********` in the place of each secret; of secrets that overlap, one for all. */
  removeFrom(text: string): string {
    let kept = "";
    let from = 0;
    let end = -1;
    for (let at = 0; this.#forms.length && at + MIN_SECRET_LENGTH <= text.length; at++) {
      const length = this.#starts.has(text.slice(at, at + MIN_SECRET_LENGTH)) ? this.#longestAt(text, at) : 0;
      if (length === 0) continue;
      if (at >= end) {
        kept += text.slice(from, at) + MASK;
        end = at;
      }
      from = end = Math.max(end, at + length);
    }
    return from === 0 ? text : kept + text.slice(from);
  }

  /** The length of the longest form at a place of a text; 0 for none. */
  #longestAt(text: string, at: number): number {
    const rest = text.slice(at);
    let low = 0;
    let high = this.#forms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#forms[middle] <= rest) low = middle + 1;
      else high = middle;
    }
    // Forms that `rest` begins with: the last form sorted before `rest`, or a beginning of that form.
    let found = low - 1;
    while (found >= 0 && !rest.startsWith(this.#forms[found])) found = this.#shorter[found];
    return found < 0 ? 0 : this.#forms[found].length;
  }
}
