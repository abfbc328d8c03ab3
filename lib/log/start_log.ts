import { configure, getJsonLinesFormatter, type LogRecord, type Sink, type TextFormatter } from "@logtape/logtape";
import { foldRepeats } from "./fold.ts";
import { CATEGORIES, type Format, type Level, type LogSettings } from "./log_settings.ts";
import { messageText, textLine } from "./text_line.ts";

/** Where the log goes. */
export interface LogOutput {
  /** Called with one line, or several, at a time. It must not wait: a log that nobody reads would stop the daemon. */
  write(text: string): void;
  /** Whether a person is looking. */
  isTerminal: boolean;
  /** Whether that person wants colours. */
  color: boolean;
}

/** A log that is being written. */
export interface Log {
  /** The form that its lines have. */
  readonly format: Format;
  /**
   * Lines that say no more than the start-up message says are left out until the returned function is called.
   */
  omitStartup(): () => void;
  /** Tells what is still to be told. */
  flush(): void;
}

/** Writes the daemon's log from now on. */
export async function startLog(settings: LogSettings, { write, isTerminal, color }: LogOutput): Promise<Log> {
  const { level, categories, format = isTerminal ? "text" : "json" } = settings;
  const line = format === "json" ? jsonLine : textLine({ color, date: !isTerminal });
  let isStarting = false;
  const folded = foldRepeats((record) => {
    if (!isStarting || !isToldAtStart(record)) write(line(record));
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

/** The message in words, as people see it, beside the properties. */
const jsonLine: TextFormatter = (record) => json({ ...record, message: [messageText(record)] });

/** The start-up message lists drivers and devices, each with what is wrong with it. */
function isToldAtStart({ category: [, category], level, properties }: LogRecord): boolean {
  return (category === undefined && level === "info") || category === "drivers" || category === "bench" ||
    (category === "device" && properties.state !== undefined);
}
