import { MAX_DELAY_MS } from "../../../async/delay.ts";
import { LabError, messageOf, printable } from "../../../errors.ts";
import type { DeviceStatus, ReceivedEvent } from "../../../client/mod.ts";
import type { Command, Ctl } from "../command.ts";
import { CsvTable } from "../csv_table.ts";
import { Narrator } from "../narrator.ts";
import { choiceOf, countOf, maxRateOf, secondsOf } from "../option_values.ts";

/** `ctl tail` */
export const tail: Command = {
  name: "tail",
  about: "the samples of a device, one a line, for a pipe",
  arguments: [{ name: "id" }, { name: "option=value", optional: true, many: true }],
  options: {
    format: { value: "format", about: "jsonl: each sample as it is on the wire; or csv (jsonl)" },
    events: { about: "with jsonl: states, gaps and errors too, as lines" },
    since: { value: "event id", about: "go on behind an earlier sample, as k3f9-42" },
    past: { value: "time", about: "begin with what the daemon still has of so long ago, such as 5min" },
    "max-rate": { value: "Hz", about: "at most so many samples a second" },
    thin: { value: "how", about: "with --max-rate: newest or minmax of each interval (newest)" },
    count: { value: "number", about: "end after so many samples" },
    duration: { value: "time", about: "end after so long, such as 10s or 2min" },
  },
  notes:
    `Samples go to standard output; gaps, failures and states are told on standard error. Options such as sample_rate=100
shape the stream if this reader starts it. A reader that leaves, such as head, ends it.

CSV has the columns device_id, sequence, timestamp, lost, then one for each value: "value", or names such as cpu.total.
They stay as they are: those of the driver's schema, then what else the first sample has. lost is the number of samples
that were lost right before this one, empty where nobody knows. A list is JSON in one cell; a missing value is empty.

  deno task -q ctl tail daq1 --count 1000 --format csv > daq1.csv`,
  async run(given, ctl) {
    const [id, ...words] = given.words;
    const limit = new AbortController();
    const options = {
      ...optionsOf(words),
      since: given.value("since"),
      past: secondsOf(given, "past"),
      max_rate: maxRateOf(given),
      thin: given.value("thin") === undefined ? undefined : choiceOf(given, "thin", ["newest", "minmax"]),
      signal: AbortSignal.any([ctl.signal, ctl.out.closed, limit.signal]),
    };
    let left = countOf(given) ?? Infinity;
    const duration = secondsOf(given, "duration");
    const format = choiceOf(given, "format", ["jsonl", "csv"]);
    if (format === "csv" && given.has("events")) throw refusal("--events goes with jsonl: CSV has a column for losses");

    // Asked before the stream: who mistyped the id, or the address, is told so at once.
    const device = await ctl.api.getDevice(id);
    if (device.streams === false && !given.has("events")) {
      throw new Error(`Cannot print samples of "${id}": its driver has no stream`);
    }
    const say = (text: string) => void ctl.err.print(printable(text));
    if (device.disabled) say(`"${id}" is disabled; enable it: deno task ctl enable ${id}`);
    if (words.length && device.streaming) say(`"${id}" streams already: ${words.join(" ")} does not change that`);
    const makeLine = format === "csv" ? await csvLines(device, ctl, say) : jsonLines(given.has("events"));
    const client = ctl.stream({
      onError: (error, retryIn) =>
        say(`${messageOf(error)}${retryIn === undefined ? "" : `; trying again in ${(retryIn / 1000).toFixed(1)} s`}`),
    });
    const narrator = new Narrator();
    const timer = duration === undefined
      ? undefined
      : setTimeout(() => limit.abort(), Math.min(duration * 1000, MAX_DELAY_MS));
    try {
      for await (const event of client.events(id, options)) {
        const news = narrator.tell(event);
        const isOver = event.event === "device_state" && event.data.reason === "removed";
        if (news && !isOver) say(news);
        const line = makeLine(event);
        if (line) await ctl.out.write(ctl.out.isTerminal ? line.split("\n").map(printable).join("\n") : line);
        if (isOver) throw new Error(news);
        if (event.event === "device_data" && --left === 0) return;
      }
    } finally {
      clearTimeout(timer);
    }
  },
};

/** Makes lines of events. */
type LineMaker = (event: ReceivedEvent) => string | undefined;

function jsonLines(withEvents: boolean): LineMaker {
  return ({ event, data }) => event === "device_data" || withEvents ? `${JSON.stringify(data)}\n` : undefined;
}

async function csvLines({ device_type }: DeviceStatus, { api }: Ctl, say: (text: string) => void): Promise<LineMaker> {
  const driver = (await api.listDrivers()).find(({ name }) => name === device_type);
  const table = new CsvTable(driver?.sample ?? null);
  return (event) => {
    if (event.event === "gap") table.lose(event.data.lost ?? null);
    if (event.event !== "device_data") return;
    const { text, homeless } = table.row(event);
    if (homeless.length) say(`The table has no column for ${homeless.join(", ")}: the first sample had none`);
    return text;
  };
}

/** What the daemon itself understands, which is no driver's option. */
const OURS = new Map([["since", "--since"], ["past", "--past"], ["max_rate", "--max-rate"], ["thin", "--thin"]]);

/** The daemon reads the values, as it reads every query. */
function optionsOf(words: string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw refusal(`Cannot take "${word}": expected option=value`);
    const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
    if (OURS.has(name)) throw refusal(`Cannot take "${word}": write ${OURS.get(name)} ${value}`);
    return [name, value];
  }));
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
