import { csvRow } from "../../format/csv.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { type Column, FIXED_COLUMNS, valuesOf } from "./columns.ts";
import { parseKeepingIntegers } from "./exact_value.ts";
import { addUnplaced } from "./table_row.ts";

/** The data of an event, as far as a row has it. */
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

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  header(): string {
    return csvRow([...FIXED_COLUMNS, ...this.#columns.map(({ name }) => name)]);
  }

  row({ device, epoch, event, data }: StoredEvent): string {
    const all = parseKeepingIntegers(data) as EventData & Record<string, unknown>;
    const { device_id = device, timestamp, sequence, payload, lost, from, event: _, ...rest } = all;
    if (event !== "device_data") {
      return csvRow([device_id, epoch, from, timestamp, event, lost, all, ...this.#columns.map(() => null)]);
    }
    const values = valuesOf(payload);
    const cells = this.#columns.map(({ key }) => values.get(key));
    for (const { key } of this.#columns) values.delete(key);
    addUnplaced(rest, values);
    const detail = Object.keys(rest).length > 0 ? rest : null;
    return csvRow([device_id, epoch, sequence, timestamp, null, null, detail, ...cells]);
  }
}
