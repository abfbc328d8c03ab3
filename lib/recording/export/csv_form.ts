import { type Template, timeTextOf } from "../../stream/columns/template.ts";
import { type ColumnSample, TIME_SLOT } from "../store/column_sample.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** The place of the epoch in a row; the others are those of the template. */
const EPOCH = -1;

/** Placeholders for the values of a template while its row is found. No sample contains them. */
const EPOCH_MARK = "e7000000000000099";
const markOf = (slot: number) => String(7_000_000_000_000_000 + slot);
const timeMarkOf = (slot: number) => `1601-01-01T00:00:00.${String(slot).padStart(6, "0")}Z`;

/** The row of CSV that all samples of a template have, with places for what differs. */
export class CsvForm {
  readonly #literals: readonly string[];
  readonly #places: readonly number[];
  /** The places whose value is part of a cell, in a detail or a list: where it is missing, the cell has another form. */
  readonly #needed: readonly number[];
  readonly #isTime: readonly boolean[];

  private constructor(literals: string[], places: number[], needed: number[], isTime: boolean[]) {
    this.#literals = literals;
    this.#places = places;
    this.#needed = needed;
    this.#isTime = isTime;
  }

  /**
   * Finds the form, by the row of a sample with a mark at each place. `undefined` if a mark is not found as it is.
   *
   * @param rowOf The row of a sample, and its values.
   */
  static of(
    { dataLiterals, slots }: Template,
    device: string,
    rowOf: (event: StoredEvent) => { row: string; values: readonly unknown[] },
  ): CsvForm | undefined {
    const marks = slots.map((kind, slot) => kind === "time" ? timeMarkOf(slot) : markOf(slot));
    const data = dataLiterals.map((literal, i) => literal + (marks[i + 1] ?? "")).join("");
    const { row, values } = rowOf({ device, epoch: EPOCH_MARK, event: "device_data", data });
    const found = [{ place: EPOCH, mark: EPOCH_MARK }, ...marks.map((mark, place) => ({ place, mark })).slice(1)]
      .map((it) => ({ ...it, at: row.indexOf(it.mark) }));
    if (found.some(({ mark, at }) => at < 0 || row.indexOf(mark, at + 1) >= 0)) return undefined;
    found.sort((a, b) => a.at - b.at);
    let start = 0;
    const literals = found.map(({ mark, at }) => {
      const literal = row.slice(start, at);
      start = at + mark.length;
      return literal;
    });
    return new CsvForm(
      [...literals, row.slice(start)],
      found.map(({ place }) => place),
      found.filter(({ place, mark }) => place >= TIME_SLOT && !values.some((it) => it === Number(mark))).map((
        { place },
      ) => place),
      slots.map((kind) => kind === "time"),
    );
  }

  /** The row of a sample; `undefined` if only its text suffices: a part of a cell is missing. */
  row(sample: ColumnSample): string | undefined {
    for (const place of this.#needed) if (Number.isNaN(sample.valueAt(place))) return undefined;
    let text = "";
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i];
      text += this.#literals[i];
      if (place === EPOCH) text += sample.epoch;
      else if (place < TIME_SLOT) text += sample.sequence;
      else {
        const value = sample.valueAt(place);
        if (this.#isTime[place]) text += timeTextOf(value);
        else if (value === value) text += value;
      }
    }
    return text + this.#literals[this.#places.length];
  }
}
