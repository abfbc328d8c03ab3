import { getAnsiColorFormatter, getTextFormatter, type LogRecord, type TextFormatter } from "@logtape/logtape";
import { printable } from "../errors.ts";
import { plainLine } from "../format/plain_line.ts";

/** The look of the lines. */
export interface TextLineOptions {
  /** With a terminal's colours. */
  color: boolean;
  /** With the date, for a file. */
  date: boolean;
}

/** The minimum width of a label: most messages then begin in the same column. */
const LABEL_WIDTH = 7;

/**
 * Lines for people: the time of this machine's clock, the level, the device or category, and the message. A driver's own
 * output stands behind a bar, as in `10:21:03 INF daq1    │ warming up`.
 *
 * A message cannot control the terminal, and its further lines are indented: they cannot pass for lines of the log.
 */
export function textLine({ color, date }: TextLineOptions): TextFormatter {
  return (color ? getAnsiColorFormatter : getTextFormatter)({
    timestamp: (ms) => localTime(ms, date),
    level: "ABBR",
    value: String,
    format: ({ timestamp, level, record }) => {
      const { device_id: device, request_id: request, cause } = record.properties;
      const [, category = "labdaemon"] = record.category;
      const label = typeof device === "string" ? device : category;
      const text = messageText(record);
      const message = typeof device === "string" && text.startsWith(`${device}: `)
        ? text.slice(device.length + 2)
        : text;
      const lines = [
        message + (request ? ` [${request}]` : ""),
        ...cause instanceof Error ? [cause.stack ?? `${cause}`] : [],
      ]
        .flatMap((each) => each.split(/\r?\n/)).map(plainLine);
      const bar = category === "console" ? " │ " : "   ";
      return `${timestamp} ${level} ${printable(label).padEnd(LABEL_WIDTH)}${bar}${lines.join("\n    ")}`;
    },
  });
}

/** The message of a record. */
export function messageText({ message }: LogRecord): string {
  return message.map(String).join("");
}

function localTime(ms: number, date: boolean): string {
  // The Swedish form of dates is that of ISO 8601.
  return new Date(ms).toLocaleString("sv").slice(date ? 0 : -8);
}
