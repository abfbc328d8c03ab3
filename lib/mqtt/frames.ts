import type { Batch } from "../hub/past.ts";
import type { PastPlace } from "../stream/past/recorded_part.ts";

const decoder = new TextDecoder();

/** The newest sample of a device. */
export interface LastSample {
  sequence: number;
  timestamp: string;
  payload: unknown;
}

/** The retained message of a device: its newest sample, and the place up to which all is published. */
export interface Last {
  epoch: string;
  /** The number of the next sample. */
  next: number;
  /** The time of the newest event. */
  time?: string;
  /** The newest event, where that is no sample. */
  frame?: string;
  sample?: LastSample;
}

/** A batch as the payload of a message: the events of the device's event stream, in order. */
export function payloadOf({ bytes, first, count, place: { epoch, sequence } }: Batch): string {
  const events = decoder.decode(bytes).split("\n").filter((line) => line.startsWith("data: ")).map((line) =>
    line.slice(6)
  );
  const head = JSON.stringify({ epoch, first, next: sequence, count });
  return `${head.slice(0, -1)},"events":[${events.join(",")}]}`;
}

/** True if a shorter batch is not possible. */
export function isOneEvent({ bytes }: Batch): boolean {
  return decoder.decode(bytes).split("\ndata: ").length <= 2;
}

/** The retained message after a batch. @param before The one before it. */
export function lastOf({ bytes, count, place }: Batch, before: Last | undefined): Last {
  const text = decoder.decode(bytes);
  const { epoch, sequence: next, frame } = place;
  const newest = text.slice(text.lastIndexOf("\n\n", text.length - 3) + 1);
  const time = /"timestamp":"([^"]+)"/.exec(newest)?.[1];
  const sample = count > 0 ? newestSample(text) : before?.sample;
  return {
    epoch,
    next,
    ...time !== undefined && { time },
    ...frame !== undefined && { frame },
    ...sample && { sample },
  };
}

function newestSample(text: string): LastSample {
  const start = text.indexOf("data: ", text.lastIndexOf("\nevent: device_data\n")) + 6;
  const { sequence, timestamp, payload } = JSON.parse(text.slice(start, text.indexOf("\n", start)));
  return { sequence, timestamp, payload };
}

/** The place that a kept text names; `undefined` for a text of another program. */
export function placeIn(text: string | undefined): PastPlace | undefined {
  try {
    const { epoch, next, time, frame } = JSON.parse(text ?? "") as Partial<Last>;
    if (typeof epoch !== "string" || !Number.isSafeInteger(next)) return undefined;
    return {
      epoch,
      sequence: next!,
      ...typeof time === "string" && { time },
      ...typeof frame === "string" && { frame },
    };
  } catch {
    return undefined;
  }
}
