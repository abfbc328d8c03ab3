/** One line of a capture: a sample with its time (and, of a waveform, the time between its values) in milliseconds, or a number of lost samples. */
export type Captured = { time: number; payload: unknown; dt?: number } | { lost: number };

/** The formats of a capture. */
export const FORMATS = ["csv", "jsonl", "sse"] as const;
export type Format = typeof FORMATS[number];

/** The format that a file's name says; `jsonl` for an unknown one, which reads SSE as well. */
export function formatOf(file: string): Format {
  if (/\.csv$/i.test(file)) return "csv";
  return /\.(sse|txt|log)$/i.test(file) ? "sse" : "jsonl";
}

/** Columns of a CSV that are no channels. */
const META = ["device_id", "sequence", "timestamp", "time", "lost", "received"];

/** A line that is longer is no line of a capture. In characters. */
const MAX_LINE_CHARS = 64 * 1024 * 1024;

/**
 * Reads a capture line by line.
 *
 * @param device Only the samples of this device; without it, those of the first device in the file.
 * @throws {Error} with the file's name and the line, if a line cannot be read.
 */
export async function* readCapture(
  file: string,
  format: Format,
  device: string | undefined,
): AsyncGenerator<Captured, void, undefined> {
  const opened = await Deno.open(file).catch(({ message }) => {
    throw new Error(`Cannot replay ${file}, as seen from the daemon's working directory: ${message}`);
  });
  const name = file.slice(file.lastIndexOf("/") + 1);
  const read = format === "csv" ? csvReader() : eventReader();
  let number = 0;
  let wanted = device;
  for await (const line of linesOf(opened.readable)) {
    number++;
    try {
      const row = read(line);
      if (!row) continue;
      wanted ??= row.device;
      if (row.device === undefined || row.device === wanted) yield* row.captured;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot replay ${name}: line ${number}: ${problem}`);
    }
  }
}

interface Row {
  device: string | undefined;
  captured: Captured[];
}

/** Reads JSON lines and the messages of an event stream: each is an event with its `timestamp` and `payload`. */
function eventReader(): (line: string) => Row | undefined {
  return (line) => {
    const text = line.startsWith("data:") ? line.slice(5) : line;
    if (!text.trimStart().startsWith("{")) {
      // What else an event stream has: ids, names, comments, empty lines.
      if (line === "" || /^(id|event|retry)?:|^\S+ *$/.test(line)) return undefined;
      throw new Error(`expected a JSON object, found ${JSON.stringify(line.slice(0, 60))}`);
    }
    const { event = "device_data", device_id: device, timestamp, time = timestamp, payload, lost } = JSON.parse(text);
    if (event === "gap" && lost > 0) return { device, captured: [{ lost }] };
    if (event !== "device_data") return undefined;
    return { device, captured: [{ time: timeOf(time), payload }] };
  };
}

/** Reads CSV with a header: a column `timestamp` or `time` (RFC 3339, or seconds), and a column for each channel. */
function csvReader(): (line: string) => Row | undefined {
  let names: string[] | undefined;
  let pending = "";
  return (line) => {
    // A quoted cell may hold line ends.
    const text = pending + line;
    pending = "";
    if ((text.match(/"/g) ?? []).length % 2 === 1) {
      pending = `${text}\n`;
      return undefined;
    }
    if (text === "") return undefined;
    const cells = splitRow(text);
    if (!names) {
      names = cells.map(({ text }) => text.replace(/^\uFEFF/, ""));
      if (!names.includes("timestamp") && !names.includes("time")) {
        throw new Error(`expected a header with a column timestamp or time, found ${names.slice(0, 5).join(", ")}`);
      }
      return undefined;
    }
    if (cells.length !== names.length) throw new Error(`expected ${names.length} cells, found ${cells.length}`);
    const row = new Map(names.map((name, i) => [name, cells[i]]));
    const lost = Number(row.get("lost")?.text ?? 0);
    const channels = [...row].filter(([name]) => !META.includes(name)).map(([name, cell]) => [name, valueOf(cell)]);
    const payload = channels.length === 1 && channels[0][0] === "value" ? channels[0][1] : Object.fromEntries(channels);
    const time = timeOf((row.get("timestamp") ?? row.get("time"))!.text);
    return {
      device: row.get("device_id")?.text,
      captured: [...(lost > 0 ? [{ lost }] : []), { time, payload }],
    };
  };
}

interface Cell {
  text: string;
  isQuoted: boolean;
}

/** The cells of one row, as of RFC 4180. */
function splitRow(row: string): Cell[] {
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => ({
    text: quoted === undefined ? plain : quoted.replaceAll('""', '"'),
    isQuoted: quoted !== undefined,
  }));
}

/** A number, a truth value, JSON in quotes, or a text; `null` for an empty cell. */
function valueOf({ text, isQuoted }: Cell): unknown {
  if (text === "") return isQuoted ? "" : null;
  if (!isQuoted && !Number.isNaN(Number(text))) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  if (/^[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  // What spreadsheets would take for a formula was exported with an apostrophe before it.
  return /^'\s*[=+\-@]/.test(text) ? text.slice(1) : text;
}

/** Milliseconds since 1970 with microseconds, of a time in RFC 3339 or in seconds. */
function timeOf(time: unknown): number {
  const seconds = typeof time === "number" ? time : typeof time === "string" && time.trim() ? Number(time) : NaN;
  if (Number.isFinite(seconds)) return seconds * 1000;
  const [, fraction = ""] = /\.(\d+)/.exec(String(time)) ?? [];
  const ms = Date.parse(String(time).replace(/\.\d+/, ""));
  if (Number.isNaN(ms)) throw new Error(`expected a time in RFC 3339 or in seconds, found ${JSON.stringify(time)}`);
  return ms + Number(`0.${fraction}`) * 1000;
}

async function* linesOf(readable: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of readable) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_CHARS) throw new Error("Cannot replay: a line has more than 64 MiB");
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}
