import { type Channel, isChannel, isChannelList, SampleBlock, Stamped } from "../../driver/timed.ts";
import type { WaveformForm } from "./waveform_form.ts";

/** The values of a block, as the samples that they become. */
export interface TimedValues {
  /** The channels if all their values are numbers; else `undefined`. */
  numbers: ArrayLike<number>[] | undefined;
  /** The JSON text around the numbers of one sample: before each, and behind the last. */
  texts: string[];
  /** The payload of the sample that holds the `i`th value of each channel. */
  payload(i: number): unknown;
}

/** The form of a block's values. */
export function formOf({ values }: SampleBlock): WaveformForm {
  if (isChannelList(values)) return "list";
  return isChannel(values) ? "channel" : "object";
}

/** Reads the values of a block as samples. */
export function timedValues(block: SampleBlock): TimedValues {
  const form = formOf(block);
  const values = block.values as Record<string, Channel>;
  if (form === "channel") {
    const channel = block.values as Channel;
    return { numbers: numbersOf([channel]), texts: ["", ""], payload: (i) => channel[i] };
  }
  const names = Object.keys(values);
  const channels = names.map((name) => values[name]);
  const numbers = numbersOf(channels);
  if (form === "list") {
    const texts = [...channels.map((_, c) => c === 0 ? "[" : ","), "]"];
    return { numbers, texts, payload: (i) => channels.map((channel) => channel[i]) };
  }
  const texts = [...names.map((name, c) => `${c === 0 ? "{" : ","}${JSON.stringify(name)}:`), "}"];
  return { numbers, texts, payload: (i) => Object.fromEntries(names.map((name) => [name, values[name][i]])) };
}

function numbersOf(channels: Channel[]): ArrayLike<number>[] | undefined {
  return channels.every(isNumeric) ? channels : undefined;
}

function isNumeric(channel: Channel): channel is ArrayLike<number> {
  if (Array.isArray(channel)) return channel.every((value) => typeof value === "number");
  return !(channel instanceof BigInt64Array || channel instanceof BigUint64Array);
}

/** The payloads of the samples that a yielded value becomes. */
export function payloadsOf(yielded: unknown, waveforms: WaveformForm | undefined): unknown[] {
  if (yielded instanceof Stamped) return [yielded.value];
  if (!(yielded instanceof SampleBlock)) return [yielded];
  if (waveforms === formOf(yielded)) return [yielded.values];
  const { payload } = timedValues(yielded);
  return Array.from({ length: yielded.length }, (_, i) => payload(i));
}
