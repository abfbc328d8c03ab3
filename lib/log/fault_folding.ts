import { compareLogLevel, type LogRecord, type Sink } from "@logtape/logtape";
import { DeviceFaults } from "./device_faults.ts";
import { RepeatedLines } from "./repeated_lines.ts";

/** The number of equal failed requests that are written in each minute: a person may look for the id of each. */
const MAX_REQUESTS_A_MINUTE = 20;

/** A sink that can be closed. */
export type FoldedSink = Sink & {
  /** Writes the outstanding counts, and ends. */
  flush(): void;
};

/**
 * A sink that folds repeated faults: it writes the first of equal lines, counts the others, and writes their number at
 * growing intervals and at the end. Thus a device that is retried all night leaves only a few lines.
 *
 * Lines are compared for each device by itself; numbers within a line do not count. Of equal failed requests, the first
 * twenty of each minute are written; refused requests (4xx) are equal if method, status and error type are, since a client
 * that asks for one absent device after the other would fill the log as well. The number of remembered lines is bounded for each device that has failed.
 */
export function foldFaults(write: Sink): FoldedSink {
  const faultsByDevice = new Map<string, DeviceFaults>();
  let isWritten = false;
  const pass = (record: LogRecord) => {
    isWritten = true;
    write(record);
  };
  const requests = new RepeatedLines(pass, { perMinute: MAX_REQUESTS_A_MINUTE });
  const refusals = new RepeatedLines(pass, { perMinute: MAX_REQUESTS_A_MINUTE, keyOf: kindOfRefusal, word: "alike" });
  const others = new RepeatedLines(pass);
  /** The last line that a driver printed, for the indented lines that belong to it. */
  let printed: { id?: unknown; isWritten: boolean } = { isWritten: true };

  const fold = (record: LogRecord) => {
    const isFault = compareLogLevel(record.level, "warning") >= 0;
    const { device_id: id, state } = record.properties;
    const faults = isOfDevice(record) ? faultsOf(String(id), state) : undefined;
    if (faults && state === "disconnected") {
      faultsByDevice.delete(String(id));
      faults.end();
    } else if (faults) return faults.add(record, isFault);
    if (isRefusal(record)) refusals.add(record);
    else if (!isFault) pass(record);
    else if (record.properties.request_id) requests.add(record);
    else others.add(record);
  };
  const faultsOf = (id: string, state: unknown) => {
    const isFailure = state === "retrying" || state === "faulted";
    if (isFailure && !faultsByDevice.has(id)) faultsByDevice.set(id, new DeviceFaults(pass));
    return faultsByDevice.get(id);
  };
  const sink = (record: LogRecord) => {
    const { device_id: id, dropped } = record.properties;
    // A report of dropped lines belongs where they were dropped, so it is never folded.
    if (dropped) return write(record);
    // An indented line, such as a stack's, goes with the line above it.
    if (isIndented(record) && printed.id === id) return printed.isWritten ? write(record) : undefined;
    isWritten = false;
    fold(record);
    if (record.category[1] === "console") printed = { id, isWritten };
  };
  const flush = () => {
    for (const faults of faultsByDevice.values()) faults.end();
    faultsByDevice.clear();
    requests.flush();
    refusals.flush();
    others.flush();
  };
  return Object.assign(sink, { flush });
}

function isOfDevice({ category, properties }: LogRecord): boolean {
  return typeof properties.device_id === "string" && ["device", "console"].includes(category[1]);
}

/** True for the line of a request that was refused. Lines of the level debug were asked for one by one. */
function isRefusal({ properties: { status, request_id }, level }: LogRecord): boolean {
  return typeof request_id === "string" && Number(status) >= 400 && Number(status) < 500 && level !== "debug";
}

function kindOfRefusal({ properties: { method, status, error_type } }: LogRecord): string {
  return `${method} ${status} ${error_type}`;
}

function isIndented({ category, properties }: LogRecord): boolean {
  return category[1] === "console" && /^\s/.test(String(properties.line ?? ""));
}
