import { SSEReader } from "./sse_reader.ts";
import { within } from "./until.ts";

/** Pause between two requests of `/health`. */
const HEALTH_PERIOD_MS = 50;

/**
 * Watches healthy devices while others fail: one reader of all their streams checks every sequence number, and a client
 * requests `/health` again and again.
 */
export class StreamMonitor {
  /** A message for each lost or repeated sample, unexpected event and unhealthy answer. */
  readonly violations: string[] = [];
  readonly #url: string;
  readonly #reader: SSEReader;
  /** The last sequence number of each device. */
  readonly #last = new Map<string, number>();
  readonly #work: Promise<unknown>;
  #healthAnswers = 0;
  /** For each device, the sequence number to read up to. Set at the end. */
  #target: Map<string, number> | undefined;

  private constructor(url: string, reader: SSEReader) {
    this.#url = url;
    this.#reader = reader;
    this.#work = Promise.all([this.#read(), this.#requestHealth()]);
  }

  /** Starts as soon as every device streams. */
  static async start(url: string, devices: string[]): Promise<StreamMonitor> {
    const reader = new SSEReader(await fetch(`${url}/stream?devices=${devices}`));
    for (const id of devices) await reader.next(({ event, device_id }) => event === "device_data" && device_id === id);
    reader.clear();
    return new StreamMonitor(url, reader);
  }

  /** Reads until every sample that the devices have produced by now has arrived, then stops. */
  async stop(): Promise<{ devices: number; healthAnswers: number }> {
    this.#target ??= await this.#produced();
    await within(this.#work, () => `samples are missing: read to ${show(this.#last)}, of ${show(this.#target!)}`);
    await this.#reader.leave();
    return { devices: this.#last.size, healthAnswers: this.#healthAnswers };
  }

  /** Stops without reading to the end. */
  async abort(): Promise<void> {
    this.#target ??= new Map();
    await this.#work;
    await this.#reader.leave();
  }

  /** The sequence number of the newest sample of each device. */
  async #produced(): Promise<Map<string, number>> {
    const newest = [...this.#last.keys()].map(async (id): Promise<[string, number]> => {
      const { stream } = await fetch(`${this.#url}/devices/${id}`).then((response) => response.json());
      return [id, stream.sequence - 1];
    });
    return new Map(await Promise.all(newest));
  }

  get #isComplete(): boolean {
    return this.#target !== undefined && [...this.#target].every(([id, sequence]) => this.#last.get(id)! >= sequence);
  }

  async #read(): Promise<void> {
    while (!this.#isComplete) {
      const { event, device_id, sequence, ...rest } = await this.#reader.next();
      this.#reader.clear();
      if (event !== "device_data") {
        this.violations.push(`${device_id}: ${event} ${JSON.stringify(rest)}`);
        continue;
      }
      const last = this.#last.get(device_id);
      if (last !== undefined && sequence !== last + 1) this.violations.push(`${device_id}: ${sequence} after ${last}`);
      this.#last.set(device_id, sequence!);
    }
  }

  async #requestHealth(): Promise<void> {
    while (!this.#target) {
      const { status } = await fetch(`${this.#url}/health`).then((response) => response.json());
      if (status !== "healthy") this.violations.push(`/health: ${status}`);
      this.#healthAnswers++;
      await new Promise((resolve) => setTimeout(resolve, HEALTH_PERIOD_MS));
    }
  }
}

const show = (sequences: Map<string, number>) => JSON.stringify(Object.fromEntries(sequences));
