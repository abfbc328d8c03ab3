import { LabError, shortened } from "../../errors.ts";
import { splitId } from "./view_ids.ts";

/** Before the name of a bench in an id, and behind it: ids of devices do not have it. */
const MARK = "@";

/**
 * The place in the streams of several benches as one id: `k3f9;@lab4@x8k2;host1:7@lab3@k3f9;daq1:42`. It begins with the epoch
 * of the event's own bench; behind the name of each bench is the id that the bench itself has given.
 */
export class ViewPlaces {
  readonly #ids = new Map<string, string>();

  /** Notes the id of a bench's newest event; returns that of the view. */
  idOf(bench: string, given: string): string {
    // A bench that is in the wrong hands says nothing about the places of others.
    const id = given.replaceAll(MARK, "_");
    // The own one stands last.
    this.#ids.delete(bench);
    const others = Array.from(this.#ids, ([name, it]) => `${MARK}${name}${MARK}${it}`).join("");
    this.#ids.set(bench, id);
    return `${id.split(";", 1)[0]};${others}${MARK}${bench}${MARK}${id}`;
  }

  /** The place in one bench. */
  get(bench: string): string | undefined {
    return this.#ids.get(bench);
  }

  set(bench: string, id: string): void {
    this.#ids.set(bench, id);
  }
}

/**
 * Reads an id of {@linkcode ViewPlaces}, or a plain list of places: `k3f9;lab3/daq1:42;x8k2;lab4/host1:7`, where an epoch holds
 * for the places behind it.
 *
 * @returns The ids of the benches, by their names.
 * @throws {LabError} `InvalidRequest`, if it is neither.
 */
export function parseViewPlaces(id: string): Map<string, string> {
  const [first, ...rest] = id.split(MARK);
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
