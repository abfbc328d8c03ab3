/**
 * A process that reads the streams of benches at a hub, and writes a line for each message: `hub_reader.ts <url> <file> <bench>…`.
 * Killed and started again, it goes on behind its last line.
 *
 * @module
 */
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { FRAME_HEADERS } from "../../../lib/hub/frame_message.ts";
import { COLUMNS, decodeColumns, decodeMessage } from "../../../lib/hub/encoded_frames.ts";
import { streamName } from "../../../lib/hub/names.ts";

/** A message as it was read. */
export interface ReadMessage {
  bench: string;
  seq: number;
  device: string;
  epoch: string;
  first: number;
  next: number;
  /** The numbers of its samples, as spans. */
  spans: [first: number, next: number][];
  gaps: { from: number; to: number | null; reason: string }[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

if (import.meta.main) {
  const [url, path, ...benches] = Deno.args;
  const file = await Deno.open(path, { read: true, write: true, create: true });
  const places = new Map(benches.map((bench) => [bench, 0]));
  // A line that was not written to its end is written again.
  const known = await Deno.readTextFile(path);
  const end = known.lastIndexOf("\n") + 1;
  await file.truncate(encoder.encode(known.slice(0, end)).length);
  await file.seek(0, Deno.SeekMode.End);
  for (const line of known.slice(0, end).split("\n")) {
    const { bench, seq } = line ? JSON.parse(line) as ReadMessage : { bench: "", seq: 0 };
    if (line) places.set(bench, seq);
  }
  const nats = await connect({ servers: [url], maxReconnectAttempts: -1, reconnectTimeWait: 200, pingInterval: 2_000 });
  const js = jetstream(nats);
  const read = async (bench: string) => {
    for (;;) {
      try {
        const consumer = await js.consumers.get(streamName(bench), { opt_start_seq: places.get(bench)! + 1 });
        const messages = await consumer.consume({ expires: 2_000, idle_heartbeat: 500 });
        for await (const { seq, headers, data } of messages) {
          const header = (name: keyof typeof FRAME_HEADERS) => headers?.get(FRAME_HEADERS[name]) ?? "";
          const about = { bench, seq, device: header("device"), epoch: header("epoch") };
          const numbers = { first: Number(header("first")), next: Number(header("next")) };
          const line: ReadMessage = {
            ...about,
            ...numbers,
            ...contentsOf(header("encoding"), data),
          };
          file.writeSync(encoder.encode(`${JSON.stringify(line)}\n`));
          places.set(bench, seq);
        }
      } catch {
        // The server is away, or has no stream of this bench yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  benches.forEach(read);
  console.log("reading");
}

/** The numbers in a message. */
function contentsOf(encoding: string, bytes: Uint8Array): Pick<ReadMessage, "spans" | "gaps"> {
  if (encoding !== COLUMNS) return contents(decodeMessage({ encoding, bytes }));
  // The columns of the values, and of the times, which are checked: those of a device never go back.
  const { first, count, columns: [, , times, values] } = decodeColumns(bytes);
  for (let i = 1; i < count; i++) if (times[i] < times[i - 1]) throw new Error(`the time of ${first + i} is wrong`);
  if (values.length !== count) throw new Error(`${count - values.length} values are missing behind ${first}`);
  return { spans: [[first, first + count]], gaps: [] };
}

/** The second line of a sample's frame. */
const SAMPLE = encoder.encode("\nevent: device_data\n");

const [NEWLINE, ZERO, NINE] = encoder.encode("\n09");

/** The numbers in frames, without their text: to read it would cost more than all else that a reader of a hub does. */
function contents(bytes: Uint8Array): Pick<ReadMessage, "spans" | "gaps"> {
  const spans: ReadMessage["spans"] = [];
  const gaps: ReadMessage["gaps"] = [];
  let last: [first: number, next: number] | undefined;
  let [idBytes, frameBytes] = [0, 0];
  for (let at = 0; at < bytes.length;) {
    // Most are as long as the one before: to look for their ends would cost more than all else. Of one that is not, a number
    // would be missing.
    let [lineEnd, end] = [at + idBytes, at + frameBytes];
    if (!isSampleFrame(bytes, lineEnd, end)) {
      lineEnd = bytes.indexOf(NEWLINE, at);
      end = bytes.indexOf(NEWLINE, lineEnd + SAMPLE.length) + 2;
      if (lineEnd < 0 || end < at + 2 || bytes[end - 1] !== NEWLINE) end = frameEnd(bytes, at);
    }
    if (isSampleAt(bytes, lineEnd)) {
      [idBytes, frameBytes] = [lineEnd - at, end - at];
      const sequence = numberBefore(bytes, lineEnd);
      if (last?.[1] === sequence) last[1]++;
      else spans.push(last = [sequence, sequence + 1]);
    } else {
      end = frameEnd(bytes, at);
      const gap = /^id: \w+--?\d+\nevent: gap\ndata: (.*)/.exec(decoder.decode(bytes.subarray(at, end)));
      if (gap) {
        const { from, to, reason } = JSON.parse(gap[1]);
        gaps.push({ from, to, reason });
      }
    }
    at = end;
  }
  return { spans, gaps };
}

/** True if the second line of a sample's frame begins at the end of its first one. */
function isSampleAt(bytes: Uint8Array, lineEnd: number): boolean {
  for (let i = 0; i < SAMPLE.length; i++) if (bytes[lineEnd + i] !== SAMPLE[i]) return false;
  return true;
}

/** True if a sample's frame has its first line up to a place, and ends at another one, where the next begins. */
function isSampleFrame(bytes: Uint8Array, lineEnd: number, end: number): boolean {
  const isEnd = bytes[end - 1] === NEWLINE && bytes[end - 2] === NEWLINE && bytes[end - 3] !== NEWLINE;
  return isEnd && isSampleAt(bytes, lineEnd);
}

/** The place behind the frame that begins at a place. */
function frameEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (bytes[at + 1] === NEWLINE) return at + 2;
  }
  return bytes.length;
}

/** The number whose digits end before a place; NaN without any. */
function numberBefore(bytes: Uint8Array, end: number): number {
  let value = 0;
  let scale = 1;
  let at = end - 1;
  for (; bytes[at] >= ZERO && bytes[at] <= NINE; at--, scale *= 10) value += (bytes[at] - ZERO) * scale;
  return scale === 1 ? NaN : value;
}
