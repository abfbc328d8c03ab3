import { UNNAMED } from "../../lib/format/channels.ts";
import { sentinel } from "../../lib/format/sentinels.ts";
import { type Image, leavesOf, type Value, type Waveform } from "./channels.ts";
import type { ChannelKind, Picture, PlottedChannel } from "./picture.ts";

/** The number of channels that are kept: it bounds the memory of the page. */
export const MAX_CHANNELS = 256;
/** The number of waveforms that are kept of a channel, for a heat map. */
export const MAX_WAVEFORMS = 128;
/** Long waveforms are fewer: the page keeps so many numbers of a channel, and at least two waveforms. */
const MAX_WAVEFORM_NUMBERS = 1_000_000;

/** In the order of how much there is to draw: the kind of a channel changes only to a later one. */
const KINDS: readonly ChannelKind[] = ["word", "number", "waveform", "image"];

/** The sample that a value belongs to; `dt` is the time between two values of a waveform in seconds, if the driver gives it. */
export interface SampleMark {
  time: number;
  sequence: number;
  dt?: number;
}

/** The channels of one device's samples, and the newest value of each. Each sample is kept as what it is. */
export class FeedChannels {
  readonly channels: Map<string, PlottedChannel> = new Map();
  readonly values: Map<string, Value> = new Map();

  /** Keeps a payload in the newest sample of a picture. Returns true if a channel is new, or has more to draw. */
  keep(payload: unknown, at: SampleMark, picture: Picture): boolean {
    const only = typeof payload === "number" && this.channels.get(UNNAMED)?.kind === "number";
    if (only) return this.#keepScalar(UNNAMED, payload, picture);
    let hasChanged = false;
    for (const { name: first, path, value } of leavesOf(payload)) {
      const name = this.#nameOf(first, path);
      if (value === null) this.#clear(name, path, picture);
      else if (this.#keepLeaf(name, path, value, at, picture)) hasChanged = true;
    }
    return hasChanged;
  }

  /** Adds channels of numbers that were measured before. Returns true if one of them is new. */
  addNumbers(names: Iterable<string>): boolean {
    const before = this.channels.size;
    for (const name of names) {
      if (this.channels.has(name) || this.channels.size >= MAX_CHANNELS) continue;
      this.channels.set(name, { name, path: name === UNNAMED ? [] : name.split("."), kind: "number" });
    }
    return this.channels.size > before;
  }

  /** Gives a picture the columns of all channels. */
  addTo({ trace, waveforms }: Picture): void {
    for (const { name, kind } of this.channels.values()) {
      if (kind === "number") trace.addColumn(name);
      if (kind === "waveform" || kind === "image") waveforms.set(name, []);
    }
  }

  #keepLeaf(
    name: string,
    path: string[],
    value: Value,
    at: SampleMark,
    picture: Picture,
  ): boolean {
    const channel = this.channels.get(name);
    if (!channel && this.channels.size >= MAX_CHANNELS) return false;
    const kind = kindOf(value);
    const isMore = KINDS.indexOf(kind) > KINDS.indexOf(channel?.kind ?? "word");
    const hasChanged = !channel || isMore;
    if (hasChanged) this.channels.set(name, { name, path, kind: isMore ? kind : channel?.kind ?? kind });
    if (isMore && kind === "number") picture.trace.addColumn(name);
    if (typeof value !== "object") return this.#keepScalar(name, value, picture) || hasChanged;
    this.values.set(name, value);
    const waveforms = picture.waveforms.get(name) ?? [];
    picture.waveforms.set(name, waveforms);
    waveforms.push({ ...at, ...isImage(value) ? value : { values: value } });
    const length = waveforms[0].values.length;
    const most = isImage(value) ? 1 : Math.max(2, Math.min(MAX_WAVEFORMS, Math.floor(MAX_WAVEFORM_NUMBERS / length)));
    while (waveforms.length > most) waveforms.shift();
    return hasChanged;
  }

  #keepScalar(name: string, value: Exclude<Value, Waveform | Image>, { trace }: Picture): boolean {
    this.values.set(name, value);
    const number = typeof value === "bigint" ? Number(value) : value;
    // A number that stands for an overload is not drawn: it is so large that nothing else would be visible.
    if (typeof number === "number" && trace.columns.has(name) && sentinel(number) === undefined) {
      trace.set(name, number);
    } else trace.setWord(name, number);
    return false;
  }

  /**
   * Clears a channel without a present value, and the channels within it, so that their old values are not shown as
   * present ones.
   */
  #clear(name: string, path: string[], { trace }: Picture): void {
    if (trace.columns.has(name)) trace.setWord(name, NaN);
    if (this.values.delete(name)) return;
    for (const channel of this.channels.values()) {
      if (path.every((part, i) => part === channel.path[i])) this.values.delete(channel.name);
    }
  }

  /** The name of a value's channel. If another path has that name already, it gets the prefix `payload.`. */
  #nameOf(name: string, path: string[]): string {
    const other = this.channels.get(name)?.path;
    const isFree = !other || (other.length === path.length && path.every((part, i) => part === other[i]));
    return isFree ? name : this.#nameOf(`payload.${name}`, path);
  }
}

/** True for a table of numbers, which is drawn as one picture. */
export function isImage(value: Value): value is Image {
  return typeof value === "object" && "width" in value;
}

/** The kind of a value. A number that stands for an overload counts as a word, until a real number comes. */
function kindOf(value: Value): ChannelKind {
  if (typeof value === "number") return sentinel(value) === undefined ? "number" : "word";
  if (typeof value === "bigint") return "number";
  return isImage(value) ? "image" : typeof value === "object" ? "waveform" : "word";
}
