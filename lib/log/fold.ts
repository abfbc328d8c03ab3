import { compareLogLevel, type LogRecord, type Sink } from "@logtape/logtape";
import { Repeats } from "./repeats.ts";
import { Trouble } from "./trouble.ts";

/** Behind each request is somebody who may look for its id: so many that fail alike pass in each minute. */
const MOST_REQUESTS = 20;

/** A sink that can be closed. */
export type FoldedSink = Sink & {
  /** Tells what was counted, and ends. */
  flush(): void;
};

/**
 * Hands on to `write` what is news, so that a device which is retried all night leaves a handful of lines: of what goes
 * wrong, the first line passes, equal ones are counted, and their number is told at growing intervals and at the end.
 * What is equal is told for each device by itself; numbers within a line do not count. Of requests, the first twenty of
 * each minute pass.
 *
 * It remembers a bounded number of lines for each device that has failed.
 */
export function foldRepeats(write: Sink): FoldedSink {
  const troubles = new Map<string, Trouble>();
  let hasPassed = false;
  const pass = (record: LogRecord) => {
    hasPassed = true;
    write(record);
  };
  const requests = new Repeats(pass, MOST_REQUESTS);
  const others = new Repeats(pass);
  /** The last thing that a driver said, for the lines that belong to it. */
  let said: { id?: unknown; hasPassed: boolean } = { hasPassed: true };

  const fold = (record: LogRecord) => {
    const isFault = compareLogLevel(record.level, "warning") >= 0;
    const { device_id: id, state } = record.properties;
    const trouble = isOfDevice(record) ? troubleOf(String(id), state) : undefined;
    if (trouble && state === "disconnected") {
      troubles.delete(String(id));
      trouble.end();
    } else if (trouble) return trouble.add(record, isFault);
    if (!isFault) pass(record);
    else if (record.properties.request_id) requests.add(record);
    else others.add(record);
  };
  const troubleOf = (id: string, state: unknown) => {
    if (!troubles.has(id) && (state === "retrying" || state === "faulted")) troubles.set(id, new Trouble(pass));
    return troubles.get(id);
  };
  const sink = (record: LogRecord) => {
    const { device_id: id, dropped } = record.properties;
    // A line about dropped lines must stand where they were dropped.
    if (dropped) return write(record);
    // A stack, say, goes with the line that it stands under.
    if (isContinued(record) && said.id === id) return said.hasPassed ? write(record) : undefined;
    hasPassed = false;
    fold(record);
    if (record.category[1] === "console") said = { id, hasPassed };
  };
  const flush = () => {
    for (const trouble of troubles.values()) trouble.end();
    troubles.clear();
    requests.flush();
    others.flush();
  };
  return Object.assign(sink, { flush });
}

function isOfDevice({ category, properties }: LogRecord): boolean {
  return typeof properties.device_id === "string" && ["device", "console"].includes(category[1]);
}

function isContinued({ category, properties }: LogRecord): boolean {
  return category[1] === "console" && /^\s/.test(String(properties.line ?? ""));
}
