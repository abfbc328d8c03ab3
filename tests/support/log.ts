import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";

/** The records that this process logs until it is disposed, from debug on. */
export interface CollectedLog extends Disposable {
  readonly records: LogRecord[];
  /** Their texts. */
  readonly messages: string[];
}

/** Collects what is logged. */
export function collectLog(): CollectedLog {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { records: (record) => void records.push(record) },
    loggers: [
      { category: "labdaemon", lowestLevel: "debug", sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  return {
    records,
    get messages() {
      return records.map(({ message }) => message.map(String).join(""));
    },
    [Symbol.dispose]: resetSync,
  };
}

/** A record as the daemon logs it. */
export function record(
  category: string,
  level: LogRecord["level"],
  message: string,
  properties: Record<string, unknown> = {},
): LogRecord {
  const text = typeof properties.device_id === "string" ? `${properties.device_id}: ${message}` : message;
  const timestamp = Date.now();
  return { category: ["labdaemon", category], level, message: [text], rawMessage: text, timestamp, properties };
}
