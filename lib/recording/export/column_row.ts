import { ColumnSample, TIME_SLOT } from "../store/column_sample.ts";
import { type Template, timeTextOf } from "../../stream/columns/template.ts";
import type { Column, ColumnType } from "./columns.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { type TableRow, textRow } from "./table_row.ts";

/** The cells and the detail of the samples of a template, as far as they are the same in all of them. */
interface RowForm {
  device: string;
  cells: readonly (unknown | { slot: number; type: ColumnType })[];
  /** The text around the values that are in the detail; `null` without one. */
  detail: { literals: readonly string[]; slots: readonly number[] } | null;
}

/** A placeholder for the value of a slot while the form is found: an integer, which fits both types of numbers. */
const markOf = (slot: number) => 7_000_000_000_000_000 + slot;
const timeMarkOf = (slot: number) => `1601-01-01T00:00:00.${String(slot).padStart(6, "0")}Z`;

const forms = new WeakMap<readonly Column[], WeakMap<Template, RowForm | null>>();

/** The row of an event. Integers are exact. Values that do not fit their column are in `detail`. */
export function tableRow(event: StoredEvent, columns: readonly Column[]): TableRow {
  return (event instanceof ColumnSample ? columnRow(event, columns) : undefined) ?? textRow(event, columns);
}

/** About the characters of an event's text. */
export function charsOf(event: StoredEvent): number {
  return event instanceof ColumnSample ? event.chars : event.data.length;
}

/** The row of a sample that is stored in columns, without its text; `undefined` where only the text has all of it. */
function columnRow(sample: ColumnSample, columns: readonly Column[]): TableRow | undefined {
  const form = formOf(sample.run.template, sample.device, columns);
  if (!form) return undefined;
  const cells: unknown[] = [];
  for (const cell of form.cells) {
    if (typeof cell !== "object" || cell === null) {
      cells.push(cell);
      continue;
    }
    const { slot, type } = cell as { slot: number; type: ColumnType };
    const value = sample.valueAt(slot);
    if (value !== value) cells.push(null);
    else if (type === "integer") {
      if (!Number.isSafeInteger(value)) return undefined;
      cells.push(BigInt(value));
    } else cells.push(value);
  }
  const detail = form.detail && detailOf(sample, form.detail);
  if (detail === undefined) return undefined;
  return {
    device_id: form.device,
    epoch: sample.epoch,
    sequence: BigInt(sample.sequence),
    timestamp: BigInt(sample.time) * 1000n,
    event: null,
    lost: null,
    detail,
    cells,
  };
}

function detailOf(sample: ColumnSample, { literals, slots }: NonNullable<RowForm["detail"]>): string | undefined {
  const all = sample.run.template.slots;
  let text = literals[0];
  for (let i = 0; i < slots.length; i++) {
    const value = sample.valueAt(slots[i]);
    // A missing value is left out of a detail.
    if (value !== value) return undefined;
    text += all[slots[i]] === "time" ? timeTextOf(value) : value;
    text += literals[i + 1];
  }
  return text;
}

function formOf(template: Template, device: string, columns: readonly Column[]): RowForm | null {
  let known = forms.get(columns);
  if (!known) forms.set(columns, known = new WeakMap());
  let form = known.get(template);
  if (form === undefined) known.set(template, form = findForm(template, device, columns));
  return form;
}

/** The form, from the row of a sample with a mark at each place; `null` if a mark is not found as it is. */
function findForm({ dataLiterals, slots }: Template, device: string, columns: readonly Column[]): RowForm | null {
  const marks = slots.map((kind, slot) => kind === "time" ? timeMarkOf(slot) : String(markOf(slot)));
  const values = slots.slice(1).map((_, i) => i === 0 ? "0" : marks[i + 1]);
  const data = dataLiterals.map((literal, i) => literal + (values[i] ?? "")).join("");
  const row = textRow({ device, epoch: "", event: "device_data", data }, columns);
  const placed = new Set<number>([TIME_SLOT]);
  const cells = row.cells.map((cell, i) => {
    const isNumber = typeof cell === "number" || typeof cell === "bigint";
    const slot = isNumber ? slots.findIndex((_, slot) => Number(cell) === markOf(slot)) : -1;
    if (slot < 0) return cell;
    placed.add(slot);
    return { slot, type: columns[i].type };
  });
  const found: number[] = [];
  let literals = [row.detail ?? ""];
  for (const slot of slots.keys()) {
    if (slot <= TIME_SLOT || placed.has(slot)) continue;
    const last = literals.at(-1)!.split(marks[slot]);
    if (last.length !== 2) return null;
    literals = [...literals.slice(0, -1), ...last];
    found.push(slot);
  }
  if (cells.some((cell) => typeof cell === "object" && cell !== null && !("slot" in cell))) return null;
  return { device: row.device_id, cells, detail: row.detail === null ? null : { literals, slots: found } };
}
