import type { LabDaemon } from "../../daemon.ts";
import type { Device } from "../../device/device.ts";
import { messageOf, printable } from "../../errors.ts";
import { channels, nameOf } from "../../format/channels.ts";
import { isPackedArray } from "../../wire/packed_array.ts";
import { numberText } from "../../format/number_text.ts";
import { events, ThinnedReader } from "../../stream/mod.ts";

/** A person can follow a line a second for each device. */
const LINES_PER_SECOND = 1;

/** The values of a sample that fit on a line, and the digits of each. */
const MAX_VALUES = 5;
const DIGITS = 4;

/**
 * Prints a line per second for each device that streams. It is not a reader, so no device streams because of it.
 *
 * @returns the function that ends the lines.
 */
export function liveLines(daemon: LabDaemon, print: (line: string) => void): () => void {
  const stops = new Map<Device, AbortController>();
  const watch = (device: Device) => {
    const stop = new AbortController();
    stops.set(device, stop);
    printSamples(device, stop.signal, print).catch((error) => print(`${device.id}  ${messageOf(error)}`));
  };
  const leave = (device: Device) => {
    stops.get(device)?.abort();
    stops.delete(device);
  };
  daemon.devices().forEach(watch);
  const stopListening = daemon.listen({ added: watch, removed: leave });
  return () => {
    stopListening();
    [...stops.keys()].forEach(leave);
  };
}

async function printSamples(device: Device, signal: AbortSignal, print: (line: string) => void): Promise<void> {
  const reader = new ThinnedReader(device.log.cursor(), LINES_PER_SECOND);
  for await (const event of events(reader, signal)) {
    if (event.event !== "device_data") continue;
    const { timestamp, sequence, payload } = event;
    const time = new Date(timestamp).toTimeString().slice(0, 8);
    print(printable(`${time}  ${device.id} #${sequence}  ${summary(payload)}`));
  }
}

/** The first few values of a sample, each with its name. */
export function summary(payload: unknown): string {
  const values = channels(payload).map(([path, value]) => {
    const text = valueText(value);
    return path.length ? `${nameOf(path)} ${text}` : text;
  });
  const rest = values.length - MAX_VALUES;
  return values.slice(0, MAX_VALUES).join("  ") + (rest > 0 ? `  and ${rest} more` : "");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.length} values]`;
  if (isPackedArray(value)) return `[${value.shape.join(" × ")} values]`;
  return typeof value === "number" ? numberText(value, DIGITS) : String(value);
}
