import { csvRow } from "../../format/csv.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import type { Template } from "../../stream/columns/template.ts";
import { ColumnSample } from "../store/column_sample.ts";
import { type Column, FIXED_COLUMNS, valuesOf } from "./columns.ts";
import { CsvForm } from "./csv_form.ts";
import { parseKeepingIntegers } from "./exact_value.ts";
import { addUnplaced } from "./table_row.ts";

/** The part of an event's data that a row has. */
interface EventData {
  device_id?: string;
  timestamp?: string;
  sequence?: unknown;
  payload?: unknown;
  lost?: unknown;
  from?: unknown;
}

/**
 * Events as CSV, one row each: `device_id, epoch, sequence, timestamp, event, lost, detail`, then a column for each channel.
 *
 * - `event` is empty in a sample. A gap has `lost`, and its first number as `sequence`. `detail` has the data of an event as
 *   JSON; of a sample, what is beside its payload, and values of channels that have no column.
 * - The columns are those of the devices' schemas, and of the first sample of each device.
 * - Numbers and cells are as in `ctl tail --format csv`.
 */
export class CsvExport {
  readonly #columns: readonly Column[];
  readonly #forms = new WeakMap<Template, CsvForm | null>();

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  header(): string {
    return csvRow([...FIXED_COLUMNS, ...this.#columns.map(({ name }) => name)]);
  }

  row(event: StoredEvent): string {
    return (event instanceof ColumnSample ? this.#formOf(event)?.row(event) : undefined) ?? this.#textRow(event).row;
  }

  #formOf({ run: { template }, device }: ColumnSample): CsvForm | null {
    let form = this.#forms.get(template);
    if (form === undefined) {
      form = CsvForm.of(template, device, (event) => this.#textRow(event)) ?? null;
      this.#forms.set(template, form);
    }
    return form;
  }

  #textRow({ device, epoch, event, data }: StoredEvent): { row: string; values: readonly unknown[] } {
    const all = parseKeepingIntegers(data) as EventData & Record<string, unknown>;
    const { device_id = device, timestamp, sequence, payload, lost, from, event: _, ...rest } = all;
    if (event !== "device_data") {
      const row = csvRow([device_id, epoch, from, timestamp, event, lost, all, ...this.#columns.map(() => null)]);
      return { row, values: [] };
    }
    const values = valuesOf(payload);
    const cells = this.#columns.map(({ key }) => values.get(key));
    for (const { key } of this.#columns) values.delete(key);
    addUnplaced(rest, values);
    const detail = Object.keys(rest).length > 0 ? rest : null;
    const row = csvRow([device_id, epoch, sequence, timestamp, null, null, detail, ...cells]);
    return { row, values: cells };
  }
}
