import { configure, getJsonLinesFormatter, type LogRecord, type Sink, type TextFormatter } from "@logtape/logtape";
import { SecretIndex } from "../format/secret_index.ts";
import { foldFaults } from "./fault_folding.ts";
import { CATEGORIES, type Format, type Level, type LogSettings } from "./log_settings.ts";
import { messageText, textLine } from "./text_line.ts";

/** The destination of the log. */
export interface LogOutput {
  /** Called with one or several lines. It must not wait: a blocked output would stop the daemon. */
  write(text: string): void;
  /** True for a terminal: a person reads it. */
  isTerminal: boolean;
  /** True for lines with colours. */
  color: boolean;
  /** The secrets that no line shows. */
  secrets?(): SecretIndex;
}

const NO_SECRETS = new SecretIndex([]);

/** A running log. */
export interface Log {
  /** The format of its lines. */
  readonly format: Format;
  /**
   * Omits the lines that repeat the start-up message until the returned function is called.
   */
  omitStartup(): () => void;
  /** Writes the outstanding counts of repeated lines. */
  flush(): void;
}

/** Starts to write the daemon's log. */
export async function startLog(
  settings: LogSettings,
  { write, isTerminal, color, secrets = () => NO_SECRETS }: LogOutput,
): Promise<Log> {
  const { level, categories, format = isTerminal ? "text" : "json" } = settings;
  const line = format === "json" ? jsonLine : textLine({ color, date: !isTerminal });
  let isStarting = false;
  const folded = foldFaults((record) => {
    if (!isStarting || !isInStartupMessage(record)) write(secrets().removeFrom(line(record)));
  });
  const logger = (category: string[], lowestLevel: Level, sinks: ["log"]) =>
    ({ category, lowestLevel, sinks, parentSinks: "override" }) as const;
  await configure<"log", string>({
    sinks: { log: folded as Sink },
    loggers: [
      logger(["labdaemon"], level, ["log"]),
      ...CATEGORIES.map((it) => logger(["labdaemon", it], categories[it] ?? level, ["log"])),
      logger(["logtape", "meta"], "warning", ["log"]),
    ],
  });
  return {
    format,
    omitStartup: () => {
      isStarting = true;
      return () => isStarting = false;
    },
    flush: folded.flush,
  };
}

const json = getJsonLinesFormatter({ properties: "flatten" });

/** The message as a person reads it, beside the properties. */
const jsonLine: TextFormatter = (record) => json({ ...record, message: [messageText(record)] });

/** True for a line about a driver or a device: the start-up message lists them with their errors. */
function isInStartupMessage({ category: [, category], level, properties }: LogRecord): boolean {
  return (category === undefined && level === "info") || category === "drivers" || category === "bench" ||
    (category === "device" && properties.state !== undefined);
}
