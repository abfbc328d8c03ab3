import { Dechunker } from "./dechunk.ts";
import { type Account, EventVerifier } from "./event_verifier.ts";
import { FrameScanner } from "./frame_scanner.ts";
import { openStream } from "./open_stream.ts";
import type { ReaderGroup } from "./spec.ts";
import { clock, readStamp } from "./stamp.ts";

/** One sampled event: its number, when it was made, when it was here. */
export interface SampledEvent {
  sequence: number;
  stamp: number;
  arrived: number;
}

/** The counts of a reader since it was opened. */
export interface Counts {
  received: number;
  lost: number;
  unreported: number;
  repeated: number;
  gaps: number;
}

/** The maximum number of samples that a reader keeps. */
const MAX_SAMPLES = 100_000;

/** One stream, read as fast as it comes and checked as its group says. */
export class LoadReader {
  /** Emptied by whoever measures. */
  sampled: SampledEvent[] = [];
  bytes = 0;
  reads = 0;
  /** True at the end of the stream. No stream ends while it is measured. */
  ended = false;
  readonly #conn: Deno.TcpConn;
  readonly #scanner: FrameScanner | undefined;
  readonly #verifier: EventVerifier | undefined;
  readonly #failures: string[] = [];
  #arrived = 0;

  private constructor(
    conn: Deno.TcpConn,
    { check, stamp = "timestamp", sampleEvery = 1 }: ReaderGroup,
    samples: boolean,
  ) {
    this.#conn = conn;
    const keep = (sequence: number, made: number) => {
      if (this.sampled.length < MAX_SAMPLES) this.sampled.push({ sequence, stamp: made, arrived: this.#arrived });
    };
    if (check === "json") {
      this.#verifier = new EventVerifier((sequence, { timestamp, payload }) => {
        if (!samples || sequence % sampleEvery) return;
        keep(sequence, stamp === "payload" ? Number(payload) : parseTimestamp(timestamp));
      });
    } else {
      this.#scanner = new FrameScanner(
        samples
          ? (sequence, bytes, end) => {
            if (sequence % sampleEvery === 0) keep(sequence, readStamp(stamp, bytes, end));
          }
          : undefined,
      );
    }
  }

  /** Opens the stream; what comes is read from now on. */
  static async open(port: number, group: ReaderGroup, samples: boolean, bufferSize: number): Promise<LoadReader> {
    const { conn, rest } = await openStream(port, group.path);
    const reader = new LoadReader(conn, group, samples);
    reader.#run(rest, bufferSize);
    return reader;
  }

  /** True after the first sample. */
  get hasBegun(): boolean {
    return this.#scanner ? this.#scanner.first !== undefined : this.#verifier!.accounts.size > 0;
  }

  get counts(): Counts {
    if (this.#scanner) {
      const { received, lost, unreported, repeated, gaps } = this.#scanner;
      return { received, lost, unreported, repeated, gaps };
    }
    let received = 0;
    let lost = 0;
    for (const account of this.#verifier!.accounts.values()) {
      received += account.received;
      lost += account.lost;
    }
    return { received, lost, unreported: 0, repeated: 0, gaps: this.#verifier!.gaps };
  }

  /** The violations, in words. */
  get faults(): string[] {
    return [...this.#verifier?.faults ?? [], ...this.#failures];
  }

  /** The account of each device; the scanner has one. */
  get accounts(): Account[] {
    if (this.#verifier) return [...this.#verifier.accounts.values()];
    const { first, next, received, lost } = this.#scanner!;
    return first === undefined ? [] : [{ first, next: next!, received, lost }];
  }

  async #run(rest: Uint8Array, bufferSize: number): Promise<void> {
    try {
      this.#arrived = clock();
      if (this.#scanner) await this.#scan(this.#scanner, rest, bufferSize);
      else if (this.#verifier) await this.#verify(this.#verifier, rest, bufferSize);
    } catch (error) {
      this.#failures.push(String(error));
    } finally {
      this.ended = true;
    }
  }

  /** Bytes that the next window needs stay in front of it: no allocation for each read. */
  async #scan(scanner: FrameScanner, rest: Uint8Array, bufferSize: number): Promise<void> {
    const body = new Dechunker();
    const buffer = new Uint8Array(Math.max(bufferSize, rest.length * 2));
    buffer.set(rest);
    let end = body.compact(buffer, 0, rest.length);
    while (!body.done) {
      const keep = scanner.scan(buffer, end);
      buffer.copyWithin(0, keep, end);
      end -= keep;
      const count = await this.#conn.read(buffer.subarray(end));
      if (count === null) return;
      this.#count(count);
      end = body.compact(buffer, end, end + count);
    }
  }

  async #verify(verifier: EventVerifier, rest: Uint8Array, bufferSize: number): Promise<void> {
    const body = new Dechunker();
    const buffer = new Uint8Array(Math.max(bufferSize, rest.length));
    buffer.set(rest);
    let count: number | null = rest.length;
    while (count !== null) {
      verifier.push(buffer.subarray(0, body.compact(buffer, 0, count)));
      if (body.done) return;
      count = await this.#conn.read(buffer);
      this.#count(count ?? 0);
    }
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    this.reads++;
    this.#arrived = clock();
  }
}

function parseTimestamp(text: string): number {
  return Date.parse(`${text.slice(0, 23)}Z`) + Number(text.slice(23, 26)) / 1000;
}
