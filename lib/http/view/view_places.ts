import { LabError, shortened } from "../../errors.ts";
import type { KeptPlaces, PlaceJournal } from "./kept_places.ts";
import { splitId } from "./view_ids.ts";

/** Stands before and behind the name of a bench in an id: ids of devices do not contain it. */
const MARK = "@";

/** A longer id names places that the view keeps: a reader sends it back in a header, and servers take some 8 KiB of those. */
const MAX_ID_CHARS = 2_000;

/**
 * The place in the streams of several benches as one id: `k3f9;@lab4@x8k2;host1:7@lab3@k3f9;daq1:42`. It begins with the epoch
 * of the event's own bench; behind the name of each bench is the id that the bench itself has given. One that would be too long
 * is the number of the event among those that the view has written: `k3f9;@~4b1c9d0e7f2a.1731`.
 */
export class ViewPlaces {
  readonly #ids = new Map<string, string>();
  readonly #kept: KeptPlaces | undefined;
  #journal: PlaceJournal | undefined;
  /** The size of the id that has all places. */
  #chars = 0;

  /** @param kept Gets the places of ids that would be too long. */
  constructor(kept?: KeptPlaces) {
    this.#kept = kept;
  }

  /** Notes the id of a bench's newest event; returns that of the view. */
  idOf(bench: string, given: string): string {
    // A malicious bench must not write places of other benches into the id.
    const id = given.replaceAll(MARK, "_");
    if (this.#chars > MAX_ID_CHARS) this.#journal ??= this.#kept?.begin(this.#ids);
    if (this.#journal) {
      this.set(bench, id);
      return `${id.split(";", 1)[0]};${MARK}~${this.#journal.token}.${this.#journal.add(bench, id)}`;
    }
    // The bench of the event stands last.
    this.#remove(bench);
    const others = Array.from(this.#ids, ([name, it]) => `${MARK}${name}${MARK}${it}`).join("");
    this.set(bench, id);
    return `${id.split(";", 1)[0]};${others}${MARK}${bench}${MARK}${id}`;
  }

  /** The place in one bench. */
  get(bench: string): string | undefined {
    return this.#ids.get(bench);
  }

  set(bench: string, id: string): void {
    this.#chars += sizeOf(bench, id) - sizeOf(bench, this.#ids.get(bench));
    this.#ids.set(bench, id);
  }

  /** The stream has ended. */
  close(): void {
    if (this.#journal) this.#kept?.end(this.#journal);
    this.#journal = undefined;
  }

  #remove(bench: string): void {
    this.#chars -= sizeOf(bench, this.#ids.get(bench));
    this.#ids.delete(bench);
  }
}

function sizeOf(bench: string, id: string | undefined): number {
  return id === undefined ? 0 : bench.length + id.length + 2;
}

/**
 * Reads an id of {@linkcode ViewPlaces}, or a plain list of places: `k3f9;lab3/daq1:42;x8k2;lab4/host1:7`, where an epoch holds
 * for the places behind it.
 *
 * @returns The ids of the benches, by their names.
 * @throws {LabError} `InvalidRequest`, if it is neither, or names places that are no longer kept.
 */
export function parseViewPlaces(id: string, kept?: KeptPlaces): ReadonlyMap<string, string> {
  const [first, ...rest] = id.split(MARK);
  const [, token, event] = /^~([\da-f]{12})\.(\d{1,15})$/.exec(rest[0] ?? "") ?? [];
  if (token !== undefined && rest.length === 1) {
    const found = kept?.find(token, Number(event));
    if (found) return found;
    const message =
      `Cannot resume behind "${id}": the view no longer knows its places; without an id, the stream begins now`;
    throw new LabError("InvalidRequest", message);
  }
  if (rest.length === 0) return parseList(id);
  if (rest.length % 2 === 1 || !/^[^;]+;$/.test(first)) throw unreadable(id);
  const found = new Map<string, string>();
  for (let i = 0; i < rest.length; i += 2) found.set(rest[i], rest[i + 1]);
  return found;
}

function parseList(id: string): Map<string, string> {
  const found = new Map<string, string>();
  let epoch: string | undefined;
  for (const part of id.split(";")) {
    const [, full, place] = /^(.+):(-1|\d{1,15})$/.exec(part) ?? [];
    const parts = full === undefined ? undefined : splitId(full);
    if (full === undefined && /^[^-:/]+$/.test(part)) epoch = part;
    else if (!parts || epoch === undefined) throw unreadable(id);
    else found.set(parts.bench, `${found.get(parts.bench) ?? epoch};${parts.id}:${place}`);
  }
  if (found.size === 0) throw unreadable(id);
  return found;
}

function unreadable(id: string): LabError {
  const found = shortened(JSON.stringify(id));
  return new LabError(
    "InvalidRequest",
    `Cannot resume behind ${found}: an id of several benches has the form k3f9;lab3/daq1:42;x8k2;lab4/host1:7`,
  );
}
