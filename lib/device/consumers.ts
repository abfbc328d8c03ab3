import { LabError } from "../errors.ts";
import type { StreamLog } from "../stream/mod.ts";
import type { OptionsEvent, StreamEvent } from "../wire/events.ts";
import { type Callback, LocalCallback } from "./callback.ts";
import type { LocalReaders } from "./local_reader.ts";
import { completeOptions, optionsEvent, optionsInUse, otherOptions } from "./options_in_use.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";

/** The options of a reader of a device's stream. */
export interface ReaderOptions {
  /** Options of the run, if this reader starts it. */
  options?: Record<string, unknown>;
  /** True for a reader that has come back by itself: it does not undo an explicit stop. */
  waits?: boolean;
  /** True for a reader that only watches: the device does not stream for it. */
  passive?: boolean;
  /** Throws if the reader is no longer allowed to start the device, when the driver has checked its options. */
  assertAllowed?: () => void;
  /** Called if the device streams with other options than these. */
  onOptions?: (event: OptionsEvent) => void;
  /** Called when an explicit stop, or the device's removal, ends the device's streams. */
  onStop?: () => void;
}

/** The options of {@linkcode Device.events}: its beginning, its end, and its reader's part in the demand. */
export interface EventsOptions extends ReaderOptions {
  /** The id of the last event that the reader has: `<epoch>-<sequence>`. Without it, events from now on. */
  since?: string;
  signal?: AbortSignal;
}

/** The way in which a stream is started. */
export interface StartStreamingOptions {
  /** True to be refused while the device streams with other options; by default, a second start changes nothing. */
  exact?: boolean;
  /** Throws if the start is no longer allowed, when the driver has checked its options. */
  assertAllowed?: () => void;
  /** The number of the command: the driver refuses it if the device has changed hands since. */
  fence?: number;
}

/** The consumers of a device's samples: its readers, and one local callback. */
export class Consumers {
  readonly #id: string;
  readonly #log: StreamLog;
  readonly #readers: LocalReaders;
  readonly #defaults: Record<string, unknown>;
  readonly #supervisor: Supervisor;
  readonly #onStops = new Set<() => void>();
  /** The number of stops and disconnects that were requested. */
  #stops = 0;
  readonly #callback: LocalCallback;

  /** @param defaults The options of a run that is started without options. */
  constructor(
    log: StreamLog,
    readers: LocalReaders,
    defaults: Record<string, unknown>,
    supervisor: Supervisor,
  ) {
    this.#id = log.deviceId;
    this.#log = log;
    this.#readers = readers;
    this.#defaults = defaults;
    this.#supervisor = supervisor;
    this.#callback = new LocalCallback(log, readers, supervisor.actual);
  }

  async start(
    callback: Callback | undefined,
    given: Record<string, unknown>,
    { exact = false, assertAllowed, fence }: StartStreamingOptions = {},
  ): Promise<void> {
    const attempt = `Cannot start streaming "${this.#id}"`;
    const { demand } = this.#supervisor;
    this.#supervisor.assertCanStream(attempt);
    const stops = this.#stops;
    const options = await this.#check(given, attempt);
    this.#supervisor.assertCanStream(attempt);
    assertAllowed?.();
    // A stop that came meanwhile is newer than this start.
    if (stops !== this.#stops) return;
    const others = exact && this.#others(given);
    if (others) throw optionsInUse(attempt, this.#id, others.keys, { given, ...others });
    demand.propose(options);
    // A callback belongs to its run: one that is left from a run that ended by itself makes room.
    if (!demand.active) this.#callback.end();
    if (callback) this.#callback.begin(callback);
    demand.start(fence);
    await this.#supervisor.started();
  }

  async stop(timeoutMs: number): Promise<void> {
    if (!(timeoutMs >= 0 && timeoutMs < Infinity)) {
      throw new LabError(
        "InvalidRequest",
        `Cannot stop streaming "${this.#id}": the timeout must be a finite number of ms from 0, found ${timeoutMs}`,
      );
    }
    this.endCallback();
    await this.#supervisor.stop(timeoutMs);
    this.endReaders();
  }

  /** True if a new reader starts the device's stream. */
  startsBy(reader: Pick<ReaderOptions, "waits">): boolean {
    return this.#supervisor.demand.startsBy(reader);
  }

  async read(
    { options = {}, waits = false, passive = false, assertAllowed, onStop, onOptions }: ReaderOptions,
  ): Promise<() => void> {
    const { demand } = this.#supervisor;
    const checked = await this.#check(options, `Cannot stream "${this.#id}"`);
    assertAllowed?.();
    const others = this.#others(options);
    if (others) onOptions?.(optionsEvent(this.#id, others.inUse, others.schema));
    if (!passive) demand.propose(checked);
    const leave = passive ? () => {} : demand.addReader({ waits });
    if (onStop) this.#onStops.add(onStop);
    return () => {
      if (onStop) this.#onStops.delete(onStop);
      leave();
    };
  }

  async *events(
    { since, signal = new AbortController().signal, ...reader }: EventsOptions,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    using local = this.#readers.add(this.#log.cursor(since));
    const notices: StreamEvent[] = [];
    const leave = await this.read({ ...reader, onOptions: (event) => notices.push(event) });
    try {
      yield* notices;
      yield* local.events(signal);
    } finally {
      leave();
    }
  }

  /** Ends the calls of the callback. A start that is still being checked does not start. */
  endCallback(): void {
    this.#stops++;
    this.#callback.end();
  }

  /** Calls each reader's `onStop`. */
  endReaders(): void {
    for (const onStop of [...this.#onStops]) onStop();
  }

  /** The options of the demanded run, if they differ from the given ones. */
  #others(given: Record<string, unknown>) {
    const { demand, desired: { plan: { source: { description } } } } = this.#supervisor;
    if (demand.isFree) return undefined;
    const schema = description.options;
    const inUse = completeOptions(demand.options, schema);
    const keys = otherOptions(given, inUse);
    return keys.length > 0 ? { keys, inUse, schema } : undefined;
  }

  async #check(given: Record<string, unknown>, attempt: string): Promise<Record<string, unknown>> {
    const options = { ...this.#defaults, ...given };
    const { source } = this.#supervisor.desired.plan;
    if (Object.keys(given).length) await source.checkOptions(options, attempt);
    return options;
  }
}
