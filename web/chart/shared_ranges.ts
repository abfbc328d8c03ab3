import { signal } from "@preact/signals";

type Ends = readonly [low: number, high: number];

/** The ranges of axes that share one: each axis gives the ends of its own numbers, and gets the ends of all. */
export class SharedRanges {
  readonly #own = new Map<symbol, { group: string; ends: Ends }>();
  readonly #ofGroups = new Map<string, Ends>();
  /** Increases when the ends of a group change: its other axes are then drawn again. */
  readonly revision = signal(0);

  /**
   * The ends of an axis whose numbers are within `ends`.
   *
   * @param group Axes of one group share their range; `undefined` for an axis that has its own.
   */
  join(group: string | undefined, owner: symbol, ends: Ends): Ends {
    const before = this.#own.get(owner)?.group;
    if (group === undefined) this.#own.delete(owner);
    else this.#own.set(owner, { group, ends });
    if (before !== group) this.#update(before);
    this.#update(group);
    return group === undefined ? ends : this.#ofGroups.get(group)!;
  }

  /** Removes an axis. */
  leave(owner: symbol): void {
    this.join(undefined, owner, [NaN, NaN]);
  }

  #update(group: string | undefined): void {
    if (group === undefined) return;
    let [low, high] = [Infinity, -Infinity];
    for (const own of this.#own.values()) {
      if (own.group !== group) continue;
      low = Math.min(low, own.ends[0]);
      high = Math.max(high, own.ends[1]);
    }
    const known = this.#ofGroups.get(group);
    if (known?.[0] === low && known[1] === high) return;
    this.#ofGroups.set(group, [low, high]);
    this.revision.value++;
  }
}

/** The ranges of all charts of the page. */
export const sharedRanges: SharedRanges = new SharedRanges();
