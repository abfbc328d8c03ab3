import { channels, channelsOfSchema, distinctNames, nameOf, type Path } from "../../format/channels.ts";
import { csvRow } from "../../format/csv.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { parseKeepingIntegers } from "./exact_value.ts";

/** The columns of every file. */
const FIXED = ["device_id", "epoch", "sequence", "timestamp", "event", "lost", "detail"];

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
  readonly #columns: string[];

  /** @param firsts The descriptions of the devices, and the first samples: the events that decide on the columns. */
  constructor(firsts: Iterable<StoredEvent>) {
    const paths = new Map<string, Path>();
    for (const { event, data } of firsts) {
      const { sample, payload } = JSON.parse(data);
      const found = event === "device_data" ? channels(payload).map(([path]) => path) : channelsOfSchema(sample ?? {});
      for (const path of found) paths.set(JSON.stringify(path), path);
    }
    // A schema may name a group whose parts the sample has.
    const keys = [...paths.keys()];
    const isGroup = (key: string) => keys.some((other) => other.startsWith(`${key.slice(0, -1)},`));
    this.#columns = keys.filter((key) => key === "[]" ? keys.length === 1 || !isGroup(key) : !isGroup(key));
  }

  header(): string {
    return csvRow([...FIXED, ...distinctNames(this.#columns.map((key) => nameOf(JSON.parse(key))), FIXED)]);
  }

  row({ device, epoch, event, data }: StoredEvent): string {
    const all = parseKeepingIntegers(data) as EventData & Record<string, unknown>;
    const { device_id = device, timestamp, sequence, payload, lost, from, event: _, ...rest } = all;
    if (event !== "device_data") return csvRow([device_id, epoch, from, timestamp, event, lost, all]);
    const values = new Map(channels(payload).map(([path, value]) => [JSON.stringify(path), value]));
    const cells = this.#columns.map((key) => values.get(key));
    const unplaced = [...values].filter(([key, value]) => value !== null && !this.#columns.includes(key));
    const more = unplaced.map(([key, value]) => [nameOf(JSON.parse(key)), value]);
    const detail = { ...rest, ...Object.fromEntries(more) };
    const hasDetail = Object.keys(detail).length > 0;
    return csvRow([device_id, epoch, sequence, timestamp, null, null, hasDetail ? detail : null, ...cells]);
  }
}
