import { SSEReader } from "./sse_reader.ts";

/** What one device has given to a vigil. */
interface Account {
  samples: number;
  last: number;
}

/** How long the daemon has taken to answer, in milliseconds. */
export interface Answers {
  count: number;
  p50: number;
  p99: number;
  worst: number;
}

/** Pause between two questions. */
const ASK_MS = 20;

/**
 * Watches over some devices while something else goes wrong: one reader of all of them that checks every number, and a
 * program that asks `/health` again and again.
 */
export class Vigil {
  /** Everything that should not have been, in words. */
  readonly complaints: string[] = [];
  readonly #reader: SSEReader;
  readonly #accounts = new Map<string, Account>();
  readonly #times: number[] = [];
  readonly #began = performance.now();
  readonly #work: Promise<unknown>;
  #over = false;

  private constructor(url: string, reader: SSEReader) {
    this.#reader = reader;
    this.#work = Promise.all([this.#read(), this.#ask(`${url}/health`)]);
  }

  /** Begins once every device streams. */
  static async begin(url: string, devices: string[]): Promise<Vigil> {
    const reader = new SSEReader(await fetch(`${url}/stream?devices=${devices}`));
    for (const id of devices) await reader.next(({ event, device_id }) => event === "device_data" && device_id === id);
    reader.forget();
    return new Vigil(url, reader);
  }

  /** Ends it. Says how many samples a second each device has given, and how fast `/health` has answered. */
  async end(): Promise<{ rates: number[]; health: Answers }> {
    this.#over = true;
    await this.#work;
    await this.#reader.leave();
    const seconds = (performance.now() - this.#began) / 1000;
    const rates = [...this.#accounts.values()].map(({ samples }) => Math.round(samples / seconds));
    const times = this.#times.sort((a, b) => a - b);
    const at = (part: number) => Math.round(times[Math.floor(times.length * part)] * 10) / 10;
    return { rates, health: { count: times.length, p50: at(0.5), p99: at(0.99), worst: at(1 - 1e-9) } };
  }

  async #read(): Promise<void> {
    while (!this.#over) {
      const { event, device_id, sequence, ...rest } = await this.#reader.next();
      this.#reader.forget();
      if (event !== "device_data") {
        this.complaints.push(`${device_id}: ${event} ${JSON.stringify(rest)}`);
        continue;
      }
      const account = this.#accounts.get(device_id);
      if (!account) {
        this.#accounts.set(device_id, { samples: 1, last: sequence! });
        continue;
      }
      if (sequence !== account.last + 1) this.complaints.push(`${device_id}: ${sequence} comes after ${account.last}`);
      account.samples++;
      account.last = sequence!;
    }
  }

  async #ask(url: string): Promise<void> {
    while (!this.#over) {
      const asked = performance.now();
      const { status } = await fetch(url).then((response) => response.json());
      this.#times.push(performance.now() - asked);
      if (status !== "healthy") this.complaints.push(`/health says ${status}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }
}
