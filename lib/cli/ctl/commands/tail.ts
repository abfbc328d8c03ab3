import { Option } from "commander";
import { MAX_DELAY_MS } from "../../../async/delay.ts";
import { LabError, messageOf, printable } from "../../../errors.ts";
import type { DeviceStatus, ReceivedEvent } from "../../../client/mod.ts";
import { BYTE_ORDER_MARK } from "../../../format/csv.ts";
import { durationMs, positiveNumber, UsageError, wholeNumber } from "../../command_line.ts";
import { CsvTable } from "../view/csv_table.ts";
import { EventMessages } from "../view/event_messages.ts";
import { type AddCommand, type Ctl, deviceIdArgument } from "./ctl.ts";

/** The options of `ctl tail` as commander reads them. */
interface TailOptions {
  format: "jsonl" | "csv";
  bom?: true;
  events?: true;
  since?: string;
  /** In milliseconds. */
  past?: number;
  /** In Hz. */
  maxRate?: number;
  thin?: "newest" | "minmax";
  count?: number;
  /** In milliseconds. */
  duration?: number;
}

/** `ctl tail` */
export const tail: AddCommand = (program, ctl) =>
  program.command("tail")
    .description("the samples of a device, one a line, for a pipe")
    .argument("<id>", "", deviceIdArgument)
    .argument("[option=value...]")
    .addOption(
      new Option("--format <format>", "jsonl: each sample as it is on the wire; or csv")
        .choices(["jsonl", "csv"]).default("jsonl"),
    )
    .option("--bom", "with csv: begin with a byte order mark, by which Excel reads characters such as °")
    .option("--events", "with jsonl: states, gaps and errors too, as lines")
    .option("--since <event id>", "resume after an earlier sample, such as k3f9-42")
    .option("--past <time>", "begin with the samples of a last period that the daemon still has: 5min", durationMs)
    .option("--max-rate <Hz>", "at most this number of samples a second", positiveNumber)
    .addOption(
      new Option("--thin <mode>", "with --max-rate: the newest, or the minimum and maximum, of each interval")
        .choices(["newest", "minmax"]),
    )
    .option("--count <number>", "end after this number of samples", wholeNumber)
    .option("--duration <time>", "end after this time, such as 10s or 2min", durationMs)
    .addHelpText(
      "after",
      `
Samples go to standard output; gaps, failures, states, leases, alarms and tasks go to standard error. Options such as sample_rate=100 shape the
stream if this reader starts it. tail ends when its reader, such as head, closes the pipe.

CSV has the columns device_id, sequence, timestamp, lost, then one for each value: "value", or names such as cpu.total.
The columns do not change: those of the driver's schema, then the others of the first sample. lost is the number of
samples that were lost right before this one, empty where it is unknown. A list is JSON in one cell; a missing value is
empty.`,
    )
    .action((id: string, words: string[], options: TailOptions) => printSamples(ctl(), id, words, options));

async function printSamples(ctl: Ctl, id: string, words: string[], options: TailOptions): Promise<void> {
  const { format, bom = false, events: withEvents = false, since, past, maxRate, thin, count = Infinity, duration } =
    options;
  const driverOptions = readOptions(words);
  if (bom && format !== "csv") {
    throw new UsageError("--bom goes with csv: a program that reads JSON takes no byte order mark");
  }
  if (format === "csv" && withEvents) throw new UsageError("--events goes with jsonl: CSV has a column for losses");

  // A wrong id or address fails here, before the stream, which would reconnect.
  const device = await ctl.api.getDevice(id);
  if (device.can_stream === false && !withEvents) {
    throw new Error(`Cannot print samples of "${id}": its driver has no stream`);
  }
  const report = (text: string) => void ctl.err.print(printable(text));
  if (device.disabled) report(`"${id}" is disabled; enable it: deno task ctl enable ${id}`);
  const makeLine = format === "csv" ? await csvLines(device, ctl, report, bom) : jsonLines(withEvents);
  const client = ctl.stream({
    onError: (error, retryInMs) => {
      const next = retryInMs === undefined ? "" : `; trying again in ${(retryInMs / 1000).toFixed(1)} s`;
      report(messageOf(error) + next);
    },
  });
  const messages = new EventMessages();
  const limit = new AbortController();
  const timer = duration === undefined ? undefined : setTimeout(() => limit.abort(), Math.min(duration, MAX_DELAY_MS));
  try {
    const query = { since, past: past && past / 1000, max_rate: maxRate, thin, options: driverOptions };
    const signal = AbortSignal.any([ctl.signal, ctl.out.closed, limit.signal]);
    let left = count;
    for await (const event of client.events(id, { ...query, signal })) {
      const message = messages.messageOf(event);
      const isRemoved = event.event === "device_state" && event.data.reason === "removed";
      if (message && !isRemoved) report(message);
      const line = makeLine(event);
      if (line) await ctl.out.write(ctl.out.isTerminal ? line.split("\n").map(printable).join("\n") : line);
      if (isRemoved) throw new Error(message);
      if (event.event === "device_data" && --left === 0) return;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The line of an event; `undefined` for an event without one. */
type MakeLine = (event: ReceivedEvent) => string | undefined;

function jsonLines(withEvents: boolean): MakeLine {
  return ({ event, data }) => event === "device_data" || withEvents ? `${JSON.stringify(data)}\n` : undefined;
}

async function csvLines(
  device: DeviceStatus,
  { api }: Ctl,
  report: (text: string) => void,
  bom: boolean,
): Promise<MakeLine> {
  const ofDriver = async () => (await api.listDrivers()).find(({ name }) => name === device.device_type)?.sample;
  const table = new CsvTable(device.sample ?? await ofDriver() ?? null);
  let start = bom ? BYTE_ORDER_MARK : "";
  return (event) => {
    if (event.event === "gap") table.addLost(event.data.lost);
    if (event.event !== "device_data") return;
    const { text, unplaced } = table.row(event);
    if (unplaced.length) report(`The table has no column for ${unplaced.join(", ")}: the first sample had none`);
    const line = start + text;
    start = "";
    return line;
  };
}

/** The daemon's own keys, which are options of this command. */
const OWN_OPTIONS = new Map([["since", "--since"], ["past", "--past"], ["max_rate", "--max-rate"], ["thin", "--thin"]]);

/** The driver's options as texts: the daemon reads their values, as it reads every query. */
function readOptions(words: string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw refusal(`Cannot take "${word}": expected option=value`);
    const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
    if (OWN_OPTIONS.has(name)) throw refusal(`Cannot take "${word}": write ${OWN_OPTIONS.get(name)} ${value}`);
    return [name, value];
  }));
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
