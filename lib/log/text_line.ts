import { getAnsiColorFormatter, getTextFormatter, type LogRecord, type TextFormatter } from "@logtape/logtape";
import { printable } from "../errors.ts";
import { plainLine } from "../format/plain_line.ts";

/** How lines look. */
export interface TextLineOptions {
  /** With the escape codes of a terminal. */
  color: boolean;
  /** With the date: a file is read on another day. */
  date: boolean;
}

/** So wide is a label at least: most lines then begin at the same place. */
const LABEL_WIDTH = 7;

/**
 * Lines for people: the time of this machine's clock, the level, whose line it is, and what it says. What a driver said
 * itself stands behind a bar, as in `10:21:03 INF daq1    │ warming up`.
 *
 * Whatever a message is made of, it can neither command a terminal nor look like a line of its own: further lines are
 * indented.
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
      const said = typeof device === "string" && text.startsWith(`${device}: `) ? text.slice(device.length + 2) : text;
      const lines = [
        said + (request ? ` [${request}]` : ""),
        ...cause instanceof Error ? [cause.stack ?? `${cause}`] : [],
      ]
        .flatMap((each) => each.split(/\r?\n/)).map(plainLine);
      const bar = category === "console" ? " │ " : "   ";
      return `${timestamp} ${level} ${printable(label).padEnd(LABEL_WIDTH)}${bar}${lines.join("\n    ")}`;
    },
  });
}

/** What a record says. */
export function messageText({ message }: LogRecord): string {
  return message.map(String).join("");
}

function localTime(ms: number, date: boolean): string {
  // Swedes write dates as ISO does.
  return new Date(ms).toLocaleString("sv").slice(date ? 0 : -8);
}
