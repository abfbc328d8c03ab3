/// <reference lib="dom" />
import { effect, signal, untracked } from "@preact/signals";
import type { StreamEvent } from "../../lib/client/mod.ts";
import { daemonNow, devices, eventArrived, lastAnswerAt, outage } from "../bench/bench.ts";
import { isDark } from "../page/scheme.ts";
import { PageStream } from "./page_stream.ts";
import { Feed } from "./feed.ts";
import { ABSENT, type DeviceHistory, frozen, type Picture } from "./picture.ts";
import { Frames } from "../chart/frames.ts";
import { plotted, share } from "./shared_events.ts";
import { SteadyClock } from "./steady_clock.ts";
import { chosenNames, needsAll } from "./chosen_channels.ts";
import { loadPast } from "./load_past.ts";
import { PagePast, type RecordedRun } from "./page_past.ts";
import { View } from "./view.ts";
import { zone } from "../words/times.ts";
import { canTakeAll, isShort, streamedOf, type StreamRequest, streamRequest } from "./stream_request.ts";

/** The interval at which texts change: a person reads no faster. */
const BEAT_MS = 250;
/** A larger lead means that a clock was set. With each beat it decays by this factor: to half in about 17 s. */
const MAX_LEAD_SECONDS = 2;
const LEAD_DECAY = 0.99;
/** A page whose clock leaps so far has slept: its connection may be dead without knowing. */
const SLEEP_MS = 30_000;

let sessions = 0;

/**
 * The data behind one page of plots: the devices' streams on one connection, and the part of them that is looked at.
 */
export class PlotSession {
  readonly id: string = `plots-${sessions++}`;
  /** Counts when a device has a new channel, state or gap. */
  readonly revision = signal(0);
  /** Counts when texts have to change. */
  readonly beat = signal(0);
  /** The daemon has not answered since this time, by its own clock, in seconds; `undefined` while it answers. */
  readonly outageSince = signal<number | undefined>(undefined);
  /** The time under the pointer. */
  readonly pointed = signal<number | undefined>(undefined);
  readonly feeds: Map<string, Feed> = new Map();
  readonly view: View;
  readonly frames: Frames;
  readonly stream: PageStream;
  /** The time before the page's own samples, as the page shows it. */
  readonly past: PagePast;
  /** The recording that the page shows; `undefined` for what devices stream now. */
  readonly run: RecordedRun | undefined;
  readonly #pixels = signal(0);
  #frozen: Map<string, Picture> | undefined;
  /** True while the page gets each sample. */
  #takesAll = false;
  #samplesAtBeat = -1;
  #woke = Date.now();
  #ticks = 0;
  /** The seconds by which samples are ahead of the estimated daemon time, which is late by the delay of an answer. */
  #lead = 0;
  readonly #ends: (() => void)[] = [];

  /** @param run The recording to show instead of what devices stream now. */
  constructor(run?: RecordedRun) {
    const clock = new SteadyClock(() => daemonNow() / 1000 + this.#lead);
    this.run = run;
    this.view = new View(run ? () => run.to : () => clock.now(), run && run.to - run.from);
    this.frames = new Frames(() => !this.view.isHalted.value);
    this.past = new PagePast({
      view: this.view,
      feeds: this.feeds,
      picture: (feed) => this.picture(feed),
      channelsOf: chosenNames,
      pixels: () => this.#pixels.peek(),
      onChange: () => this.change(),
      run,
      load: loadPast,
    });
    this.stream = new PageStream({
      request: () => this.#request(),
      onEvent: (event, id) => this.#receive(event, id),
      onOpen: (request) => this.#onOpen(request),
      onCut: () => this.#onCut(),
    });
  }

  /** Opens the stream and starts the updates of the plots; {@linkcode close} ends them. */
  open(): void {
    const timer = setInterval(() => this.#tick(), BEAT_MS);
    this.#ends.push(
      () => clearInterval(timer),
      isDark.subscribe(() => this.change()),
      effect(() => this.stream.update()),
      effect(() => this.#lookBack(this.view.span.value)),
      effect(() => this.#missDevices()),
      effect(() => this.#freeze(this.view.isHalted.value)),
      effect(() => {
        void [this.view.range, this.revision.value, this.outageSince.value, zone.value];
        this.frames.request();
      }),
      // A dead connection reports no error; the polling does.
      effect(() => {
        if (outage.value) this.#onCut();
        else if (this.outageSince.peek() !== undefined) this.stream.reopen();
      }),
    );
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.stream.close();
    this.past.clear();
    plotted.value = [];
    this.frames.end();
  }

  /** Shows these devices, and drops others. */
  choose(deviceIds: readonly string[]): void {
    for (const id of this.feeds.keys()) if (!deviceIds.includes(id)) this.feeds.delete(id);
    for (const id of deviceIds) if (!this.feeds.has(id)) this.feeds.set(id, new Feed(id));
    this.change();
    this.stream.update();
  }

  /** Sets the width of the plots: the stream has as many points. */
  setPixels(pixels: number): void {
    this.#pixels.value = pixels;
  }

  /** Notes a change of something other than a number. */
  change(): void {
    this.revision.value++;
  }

  /** The data to draw of a device: the newest, or those of the moment of the halt. */
  picture(feed: Feed): Picture {
    return this.#frozen?.get(feed.deviceId) ?? feed.live;
  }

  history({ state, states, gaps, steps }: Feed): DeviceHistory {
    // Without a known device there is no stream whose opening would end the outage.
    const outageSince = state?.state === ABSENT ? undefined : this.outageSince.peek();
    return { states, gaps: gaps.list, steps, outageSince };
  }

  #request(): StreamRequest | undefined {
    const pixels = this.#pixels.value;
    const span = this.view.span.value;
    const known = streamedOf(this.feeds.values(), devices.value);
    this.#takesAll = needsAll.value && canTakeAll(known, this.#takesAll);
    return pixels && known.length && !this.run ? streamRequest(known, span, pixels, this.#takesAll) : undefined;
  }

  /** Loads the part of a wider window that the daemon still has. */
  #lookBack(span: number): void {
    const from = daemonNow() / 1000 - span;
    const short = streamedOf(this.feeds.values(), devices.peek()).filter((device) => isShort(device, from));
    if (!short.length || this.view.isHalted.peek()) return;
    for (const { feed } of short) feed.clear();
    this.stream.reopen();
    untracked(() => this.change());
  }

  #receive(event: StreamEvent, id: string): void {
    const feed = this.feeds.get(event.device_id);
    if (!feed) return;
    share(event);
    const before = feed.revision;
    const now = daemonNow() / 1000;
    feed.receive(event, id, now);
    eventArrived();
    const lead = (feed.newest?.time ?? 0) - now;
    if (lead > this.#lead && lead < MAX_LEAD_SECONDS) this.#lead = lead;
    if (this.outageSince.peek() !== undefined && this.stream.isOpen.peek()) this.outageSince.value = undefined;
    if (feed.revision !== before) this.change();
    this.frames.sampled();
  }

  #onOpen({ deviceIds, maxRate }: StreamRequest): void {
    for (const id of deviceIds) {
      const feed = this.feeds.get(id);
      if (feed) feed.interval = 2 / maxRate;
    }
    this.outageSince.value = undefined;
    plotted.value = deviceIds;
  }

  /** Marks the devices that the daemon does not have, from its last answer on. */
  #missDevices(): void {
    const known = devices.value?.map(({ device_id }) => device_id);
    if (this.run) return;
    for (const feed of this.feeds.values()) {
      if (!known || known.includes(feed.deviceId) || feed.state?.state === ABSENT) continue;
      feed.absent(this.outageSince.peek() ?? daemonNow() / 1000);
      untracked(() => this.change());
    }
  }

  /** Notes a cut. The states are unknown since the daemon's last answer, which may be long before the cut is seen. */
  #onCut(): void {
    for (const feed of this.feeds.values()) feed.interrupted();
    plotted.value = [];
    const since = outage.peek()?.since ?? lastAnswerAt();
    if (outage.peek() || this.outageSince.peek() === undefined) this.outageSince.value = since.getTime() / 1000;
  }

  #freeze(isHalted: boolean): void {
    this.#frozen = isHalted ? new Map(Array.from(this.feeds, ([id, { live }]) => [id, frozen(live)])) : undefined;
  }

  #tick(): void {
    const slept = Date.now() - this.#woke > SLEEP_MS;
    this.#woke = Date.now();
    this.#lead *= LEAD_DECAY;
    if (document.hidden) return;
    if (slept) this.stream.reopen();
    if (!outage.peek()) this.past.look();
    const samples = this.feeds.values().reduce((sum, feed) => sum + feed.samples, 0);
    // Without samples, texts change once a second, to show the silence.
    if (samples !== this.#samplesAtBeat || this.#ticks++ % (1000 / BEAT_MS) === 0) this.beat.value++;
    this.#samplesAtBeat = samples;
  }
}
