import { timestamp } from "../../async/clock.ts";
import { backoffDelay, delay } from "../../async/mod.ts";
import { LabError } from "../../errors.ts";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import type { Caller } from "../../hub/signed/signed_request.ts";
import { LAST_EVENT_ID } from "../../wire/headers.ts";
import { fullId } from "./view_ids.ts";
import { ViewFrames } from "./view_frames.ts";

/** The pauses between two attempts to reach a bench. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 2_000 };

/** The pause between two attempts while the bench is away. */
const AWAY_MS = 500;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The stream of one bench, as a view requests it. */
export interface BenchStreamOptions {
  fleet: FleetAccess;
  bench: KnownBench;
  caller: Caller;
  /** Path and query at the bench. */
  path: string;
  /** The id of the last event that the reader has. */
  since?: string;
  /** The id of an event in the view. */
  idOf?: (id: string) => string;
  /** The devices whose last events the hub's copy gives while the bench is away. */
  devices: readonly string[];
  /** True for a device of the bench that the reader may see: the hub's copy has all devices. */
  sees: (id: string) => boolean;
  /** Takes a part of the output; resolves when there is room for more. */
  write: (bytes: Uint8Array) => Promise<void>;
  signal: AbortSignal;
}

/**
 * The stream of one bench, over all of its connections. After a cut, the view asks the bench for the events behind the
 * last one, and the bench reports missing ones as a gap. While the bench is away, nothing is written.
 */
export class BenchStream {
  readonly #options: BenchStreamOptions;
  readonly #frames: ViewFrames;
  #lastId: string | undefined;
  /** The answer to its opening. */
  #first: Response | undefined;

  constructor(options: BenchStreamOptions) {
    this.#options = options;
    this.#frames = new ViewFrames(options.bench.name, options.idOf);
    this.#lastId = options.since;
  }

  /**
   * Opens the stream for the first time.
   *
   * @returns The answer of the bench if it refuses; `undefined` if it accepts, or is away.
   */
  async open(): Promise<Response | undefined> {
    const answer = await this.#ask().catch((error) => {
      if (error instanceof LabError && error.type === "BenchAway") return undefined;
      throw error;
    });
    if (answer && answer.status !== 200) return answer;
    this.#first = answer;
  }

  /** Writes until the signal aborts, or the bench ends the stream. Never rejects. */
  async run(): Promise<void> {
    const { signal, bench } = this.#options;
    if (!this.#first && !bench.isThere && this.#lastId === undefined) await this.#writeLast();
    for (let failures = 0; !signal.aborted;) {
      try {
        const answer = this.#first ?? await this.#ask();
        this.#first = undefined;
        // The bench has just started, or is at a limit.
        if (answer.status === 503 || answer.status === 429) throw new Error("the bench cannot answer now");
        // The device was removed, or the right has ended: a new request gets the reason.
        if (answer.status !== 200) return await this.#writeRefusal(answer);
        failures = 0;
        await this.#copy(answer.body!);
        // The bench has ended the stream: a device was removed, or the daemon ends.
        if (bench.isThere && !signal.aborted) await delay(backoffDelay(failures++, RETRY), { signal }).catch(() => {});
      } catch {
        await delay(bench.isThere ? backoffDelay(failures++, RETRY) : AWAY_MS, { signal }).catch(() => {});
      }
    }
  }

  /** Writes a `stream_error` with the bench's refusal for each named device. */
  async #writeRefusal(answer: Response): Promise<void> {
    const { bench, devices, write } = this.#options;
    const { error } = await answer.json();
    for (const id of devices) {
      if (id === "*") continue;
      const data = { event: "stream_error", device_id: fullId(bench.name, id), timestamp: timestamp(), error };
      await write(encoder.encode(`event: stream_error\ndata: ${JSON.stringify(data)}\n\n`));
    }
  }

  /** Writes the last samples of the devices from the hub's copy. The stream later continues after them. */
  async #writeLast(): Promise<void> {
    const { fleet, bench, devices, idOf, sees, write } = this.#options;
    const places: string[] = [];
    for (const id of devices.includes("*") ? bench.devices.keys() : devices) {
      if (!sees(id)) continue;
      const last = lastFrames(await fleet.lastSamples(bench, id).catch(() => undefined));
      if (!last) continue;
      if (last.epoch === bench.about?.epoch) places.push(`${id}:${last.sequence}`);
      const place = idOf ? `${last.epoch};${places.join(";")}` : `${last.epoch}-${last.sequence}`;
      const hasPlace = idOf === undefined || last.epoch === bench.about?.epoch;
      const bytes = this.#frames.take(encoder.encode(hasPlace ? last.frames.replace(/^id: .*$/m, `id: ${place}`) : ""));
      this.#lastId = this.#frames.lastId;
      if (bytes) await write(bytes);
    }
  }

  #ask(): Promise<Response> {
    const { fleet, bench, caller, path } = this.#options;
    this.#frames.reset();
    const headers = new Headers(this.#lastId === undefined ? {} : { [LAST_EVENT_ID]: this.#lastId });
    return fleet.ask(bench, caller, { method: "GET", path, headers });
  }

  async #copy(body: ReadableStream<Uint8Array>): Promise<void> {
    const { write, signal } = this.#options;
    const reader = body.getReader();
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const bytes = this.#frames.take(read.value);
        this.#lastId = this.#frames.lastId ?? this.#lastId;
        if (bytes) await write(bytes);
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }
}

/** The newest sample of some frames, and its place; undefined without one. */
function lastFrames(bytes: Uint8Array | undefined): { frames: string; epoch: string; sequence: string } | undefined {
  const samples = decoder.decode(bytes).split("\n\n").filter((frame) => frame.includes("\nevent: device_data\n"));
  const frame = samples.at(-1);
  const [, epoch, sequence] = /^id: ([^-\n]+)-(\d+)$/m.exec(frame ?? "") ?? [];
  return epoch === undefined ? undefined : { frames: `${frame}\n\n`, epoch, sequence };
}
