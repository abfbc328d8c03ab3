import { LabError, listed } from "../../errors.ts";
import { concat } from "../../format/concat.ts";
import { latin1 } from "../../format/encodings.ts";

/** The event `transcript` of a recording. */
interface TranscriptEvent {
  event: "transcript";
  device_id: string;
  direction: "opened" | "sent" | "received";
  text?: string;
  base64?: string;
}

/** The first question in received bytes, each of which is a character. */
export interface Question {
  /** Without the end of its line. */
  bytes: string;
  /** The length of the line with its end. */
  length: number;
}

/** The answers of an instrument, as a fake of it gives them again. */
export interface RecordedInstrument {
  /** The end of the lines that were sent; `undefined` for an instrument that does not speak lines. */
  newline: string | undefined;
  /** The bytes that came on a new connection before anything was sent. */
  greeting: Uint8Array | undefined;
  /** The first question in received bytes; `undefined` as long as it is not whole. */
  questionIn(received: string): Question | undefined;
  /**
   * The bytes that answer a question the next time; empty, if nothing came. `undefined` for a question that was never
   * sent.
   */
  answer(question: string): Uint8Array | undefined;
}

/**
 * Reads a transcript of an instrument. If all writes have one line end, each line is a question; else each write is.
 *
 * @param text JSON lines, as an export of a recording has them. Other events are left out.
 * @param device The id of the device, if there are several.
 * @param newline The end of the lines; by default, found from the sent bytes.
 * @throws {LabError} `InvalidRequest`, if the text has no transcript, or those of several devices and `device` is
 * missing, or if nothing was sent.
 */
export function recordedInstrument(text: string, device?: string, newline?: string): RecordedInstrument {
  const all = eventsIn(text);
  const devices = [...new Set(all.map(({ device_id }) => device_id))];
  const id = device ?? devices[0];
  if (!devices.includes(id) || (device === undefined && devices.length > 1)) {
    throw refused(
      device ? `it has none of ${JSON.stringify(device)}, it has ${listed(devices)}` : `it has ${listed(devices)}`,
    );
  }
  const events = all.filter(({ device_id }) => device_id === id);
  const sent = events.filter(({ direction }) => direction === "sent").map((event) => latin1(bytesOf(event)))
    .filter((it) => it !== "");
  if (sent.length === 0) throw refused("nothing was sent");
  const end = newline ?? endOf(sent);
  const { answers, greeting } = answersIn(events, end);
  // The longest first: one may begin with another.
  const questions = [...answers.keys()].sort((a, b) => b.length - a.length);
  return {
    newline: end,
    greeting,
    questionIn(received) {
      if (end !== undefined) return lineIn(received, end);
      const found = questions.find((question) => received.startsWith(question));
      if (found === undefined && questions.some((question) => question.startsWith(received))) return undefined;
      return { bytes: found ?? received, length: found?.length ?? received.length };
    },
    answer(question) {
      const left = answers.get(question);
      return left && (left.length > 1 ? left.shift() : left[0]);
    },
  };
}

/** The first line in received bytes, each of which is a character. One that ends with LF may also end with CR LF. */
export function lineIn(received: string, newline: string): Question | undefined {
  const end = newline.endsWith("\n") ? "\n" : newline;
  const at = received.indexOf(end);
  if (at < 0) return undefined;
  const line = received.slice(0, at);
  return { bytes: end === "\n" ? line.replace(/\r$/, "") : line, length: at + end.length };
}

/** The end that all the writes have. */
function endOf(sent: readonly string[]): string | undefined {
  const [end] = /\r\n$|\n$|\r$/.exec(sent[0]) ?? [];
  return end !== undefined && sent.every((it) => it.endsWith(end)) ? end : undefined;
}

/** The answers to each question, in order. Input before the first question of a connection is the greeting. */
function answersIn(events: readonly TranscriptEvent[], newline: string | undefined) {
  const answers = new Map<string, Uint8Array[]>();
  let greeting: Uint8Array | undefined;
  let asked: Uint8Array[] | undefined;
  for (const event of events) {
    if (event.direction === "opened") asked = undefined;
    else if (event.direction === "received") {
      if (asked) asked.push(concat([asked.pop()!, bytesOf(event)]));
      else greeting ??= bytesOf(event);
    } else {
      for (const question of questionsIn(latin1(bytesOf(event)), newline)) {
        asked = answers.get(question) ?? [];
        asked.push(new Uint8Array());
        answers.set(question, asked);
      }
    }
  }
  return { answers, greeting };
}

function* questionsIn(sent: string, newline: string | undefined): Generator<string, void> {
  if (newline === undefined) return sent === "" ? undefined : yield sent;
  for (let rest = sent;;) {
    const line = lineIn(rest, newline);
    if (!line) return;
    yield line.bytes;
    rest = rest.slice(line.length);
  }
}

function eventsIn(text: string): TranscriptEvent[] {
  const lines = text.split("\n").filter((line) => line.includes('"event":"transcript"'));
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "transcript");
}

function bytesOf({ text, base64 }: TranscriptEvent): Uint8Array {
  return text === undefined ? Uint8Array.fromBase64(base64 ?? "") : new TextEncoder().encode(text);
}

function refused(problem: string): LabError {
  return new LabError("InvalidRequest", `Cannot answer by this transcript: ${problem}`);
}
