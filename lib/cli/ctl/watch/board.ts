import type { ReceivedEvent } from "../../../client/mod.ts";
import { channels, distinctNames, isPackedArray, nameOf } from "../../../format/channels.ts";
import { numberText } from "../../../format/number_text.ts";
import { RateMeter } from "../../../format/rate_meter.ts";
import { Narrator } from "../narrator.ts";

/** So many values of a channel are kept for its sparkline. */
const MOST_POINTS = 60;

/** So much of what happened is kept. */
const MOST_NEWS = 4;

/** So many digits of a number are shown, and all those before its point. */
const DIGITS = 7;

/** The state of a device of which nobody knows how it is. */
const UNKNOWN = "unknown";

/** One value of a device's samples. */
export interface Channel {
  /** The newest, as text without its unit. */
  text: string;
  /** The length of the longest text so far: what stands behind it does not jump with each value. */
  width: number;
  /** What the sparkline shows: the last numbers, or the newest list of numbers. */
  points: readonly number[];
}

/** One device, as far as its stream has told. */
export interface DeviceView {
  state: string;
  /** What its driver failed with, while it is not well. */
  failure?: string;
  /** The number of the newest sample, and when it arrived. */
  sequence?: number;
  arrived?: number;
  lost: number;
  meter: RateMeter;
  channels: Map<string, Channel>;
}

/** What a watcher has seen. Knows of no terminal. */
export class Board {
  readonly devices = new Map<string, DeviceView>();
  /** What has happened, the newest last. */
  readonly news: { time: number; text: string }[] = [];
  /** Why there is no connection, if there is none. */
  loss: { since: number; text: string } | undefined;
  readonly #narrator = new Narrator();
  readonly #onNews: (text: string) => void;

  /** @param onNews Called with all that happens besides samples. */
  constructor(onNews: (text: string) => void = () => {}) {
    this.#onNews = onNews;
  }

  /** Puts a device on the board before it has told anything. */
  place(id: string, state = UNKNOWN): DeviceView {
    const view = this.devices.get(id) ?? { state, lost: 0, meter: new RateMeter(), channels: new Map() };
    this.devices.set(id, view);
    return view;
  }

  /** The connection to the daemon is lost. */
  lose(text: string): void {
    if (!this.loss) this.#tell(`The connection is lost: ${text}`);
    this.loss = { since: this.loss?.since ?? Date.now(), text };
    for (const view of this.devices.values()) {
      view.state = UNKNOWN;
      view.meter.reset();
    }
  }

  /** Takes in what came over the stream. */
  see(event: ReceivedEvent): void {
    if (this.loss) {
      this.#tell(`The daemon is back after ${Math.round((Date.now() - this.loss.since) / 1000)} s`);
      this.loss = undefined;
    }
    const news = this.#narrator.tell(event);
    if (news) this.#tell(news);
    if (event.event === "device_state" && event.data.reason === "removed") {
      return void this.devices.delete(event.device_id);
    }
    const view = this.place(event.device_id);
    if (event.event === "device_data") takeSample(view, event);
    if (event.event === "gap") view.lost += event.data.lost ?? 0;
    if (event.event === "stream_error") view.failure = event.data.error.message;
    if (event.event === "device_state") {
      view.state = event.data.state;
      if (view.state !== "streaming") view.meter.reset();
      view.failure = view.state === "streaming" ? undefined : event.data.error?.message ?? view.failure;
    }
  }

  #tell(text: string): void {
    this.news.push({ time: Date.now(), text });
    if (this.news.length > MOST_NEWS) this.news.shift();
    this.#onNews(text);
  }
}

function takeSample(view: DeviceView, { sequence = 0, timestamp, payload }: ReceivedEvent): void {
  view.sequence = sequence;
  view.arrived = Date.now();
  view.meter.add(sequence, Date.parse(timestamp));
  const before = view.channels;
  // Anew each time: what a sample no longer has is no longer shown.
  const values = channels(payload);
  const names = distinctNames(values.map(([path]) => nameOf(path)));
  view.channels = new Map(names.map((name, i) => {
    const last = before.get(name);
    const shown = shownOf(values[i][1], last);
    return [name, { ...shown, width: Math.max(last?.width ?? 0, shown.text.length) }];
  }));
}

function shownOf(value: unknown, before: Channel | undefined): Pick<Channel, "text" | "points"> {
  if (typeof value === "number" || value === null) {
    const points = [...before?.points ?? [], value ?? NaN].slice(-MOST_POINTS);
    return { text: textOf(value), points };
  }
  if (isPackedArray(value)) return { text: `${value.dtype} [${value.shape.join(" × ")}]`, points: [] };
  if (!Array.isArray(value)) return { text: textOf(value), points: [] };
  const numbers = value.map((item) => typeof item === "number" ? item : NaN);
  const finite = numbers.filter(Number.isFinite);
  if (!finite.length) return { text: `[${value.length}]`, points: [] };
  const [low, high] = finite.reduce(([low, high], it) => [Math.min(low, it), Math.max(high, it)], [
    Infinity,
    -Infinity,
  ]);
  return { text: `[${value.length}] ${textOf(low)} … ${textOf(high)}`, points: numbers };
}

function textOf(value: unknown): string {
  if (typeof value !== "number") return typeof value === "string" ? value : JSON.stringify(value);
  return numberText(value, DIGITS);
}
