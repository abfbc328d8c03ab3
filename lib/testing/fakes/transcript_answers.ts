import { LabError, listed } from "../../errors.ts";
import { concat } from "../../format/concat.ts";

/** The event `transcript` of a recording. */
interface TranscriptEvent {
  event: "transcript";
  device_id: string;
  direction: "opened" | "sent" | "received";
  text?: string;
  base64?: string;
}

/** The answers of an instrument, as a fake of it gives them again. */
export interface RecordedInstrument {
  /** The end of the lines that were sent. */
  newline: string;
  /** The bytes that came on a new connection before anything was sent. */
  greeting: Uint8Array | undefined;
  /** The bytes that answer a line the next time; none, if nothing came. `undefined` for a line that was never sent. */
  answer(question: string): Uint8Array | undefined;
}

/**
 * Reads a transcript of an instrument that speaks lines.
 *
 * @param text JSON lines, as an export of a recording has them. Other events are left out.
 * @param device Which, if there are several.
 * @throws {LabError} `InvalidRequest`, if there is none, there are several and none is named, or nothing was sent.
 */
export function recordedInstrument(text: string, device?: string): RecordedInstrument {
  const all = eventsIn(text);
  const devices = [...new Set(all.map(({ device_id }) => device_id))];
  const id = device ?? devices[0];
  if (!devices.includes(id) || (device === undefined && devices.length > 1)) {
    throw refused(
      device ? `it has none of ${JSON.stringify(device)}, it has ${listed(devices)}` : `it has ${listed(devices)}`,
    );
  }
  const events = all.filter(({ device_id }) => device_id === id);
  const sent = events.filter(({ direction }) => direction === "sent").map(textOf);
  if (sent.length === 0) throw refused("nothing was sent");
  const newline = /\r\n$|\n$|\r$/.exec(sent[0])?.[0];
  if (newline === undefined) throw refused(`it is not of lines: ${JSON.stringify(sent[0].slice(0, 60))} has no end`);
  const { answers, greeting } = answersIn(events, newline);
  return {
    newline,
    greeting,
    answer(question) {
      const left = answers.get(question);
      return left && (left.length > 1 ? left.shift() : left[0]);
    },
  };
}

/** For each line its answers, in order. What came before the first line of a connection is the greeting. */
function answersIn(events: readonly TranscriptEvent[], newline: string) {
  const answers = new Map<string, Uint8Array[]>();
  let greeting: Uint8Array | undefined;
  let asked: Uint8Array[] | undefined;
  for (const event of events) {
    if (event.direction === "opened") asked = undefined;
    else if (event.direction === "received") {
      if (asked) asked.push(concat([asked.pop()!, bytesOf(event)]));
      else greeting ??= bytesOf(event);
    } else {
      const lines = textOf(event).split(newline);
      // Behind the last end there is nothing.
      if (lines.at(-1) === "") lines.pop();
      for (const line of lines) {
        asked = answers.get(line) ?? [];
        asked.push(new Uint8Array());
        answers.set(line, asked);
      }
    }
  }
  return { answers, greeting };
}

function eventsIn(text: string): TranscriptEvent[] {
  const lines = text.split("\n").filter((line) => line.includes('"event":"transcript"'));
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "transcript");
}

function bytesOf({ text, base64 }: TranscriptEvent): Uint8Array {
  return text === undefined ? Uint8Array.fromBase64(base64 ?? "") : new TextEncoder().encode(text);
}

function textOf(event: TranscriptEvent): string {
  return event.text ?? new TextDecoder().decode(bytesOf(event));
}

function refused(problem: string): LabError {
  return new LabError("InvalidRequest", `Cannot answer by this transcript: ${problem}`);
}
