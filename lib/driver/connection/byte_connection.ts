import { deadline, DeadlineError, Notifier } from "../../async/mod.ts";
import { writeAll } from "../../async/write_all.ts";
import type { LabError } from "../../errors.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import type { ByteConnectionOptions, Frame, ReadOptions } from "./byte_options.ts";
import { ByteConnectionEnd } from "./byte_connection_end.ts";
import { connectionError } from "./connection_error.ts";
import { watchConnection } from "./connection_scope.ts";
import type { Duplex } from "./duplex.ts";
import { currentTap } from "./traffic.ts";

const CHUNK_BYTES = 64 * 1024;

/** The silence after which a driver that only listens gets an error, in milliseconds. */
export const DEFAULT_SILENCE_MS = 30_000;

const DEFAULT_MAX_WAITING_BYTES = 1024 * 1024;

/**
 * A connection that carries bytes, over any {@linkcode Duplex}.
 *
 * A read is always pending, so a peer that closes is noticed at once, also while the connection is idle. A connection
 * that was opened in a device's `connect` ends the device's connection when it is lost: the host disconnects the device
 * and connects it again.
 *
 * @example Messages that begin with their length
 * ```ts
 * import { connectTcp } from "labdaemon/driver";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const accepted = listener.accept();
 *
 * using connection = await connectTcp(listener.addr);
 * using instrument = await accepted;
 * await instrument.write(new Uint8Array([2, 7, 9, 1]));
 *
 * const frame = (received: Uint8Array) => received.length > received[0] ? 1 + received[0] : undefined;
 * const message = await connection.read(frame, { timeoutMs: 1_000 });
 * console.assert(message.join() === "2,7,9");
 * ```
 */
export class ByteConnection implements Disposable {
  /** The other end, for messages. */
  readonly peer: string;
  /** Resolves with the reason when the connection is lost. Pending as long as it is open, and after {@linkcode close}. */
  readonly lost: Promise<LabError>;
  /** Called when bytes have arrived that no read waits for. */
  onUnread: (() => void) | undefined;
  readonly #duplex: Duplex;
  readonly #maxWaitingBytes: number;
  readonly #buffer = new ByteBuffer();
  readonly #changes = new Notifier();
  readonly #end: ByteConnectionEnd;
  /** The tap of the device that sent last: it gets the answer. */
  #tap = currentTap();
  #hasReceived = false;
  #arrivedAt = 0;
  /** The reads that wait for more than has arrived. */
  #waiters = 0;

  constructor(duplex: Duplex, { peer, maxWaitingBytes = DEFAULT_MAX_WAITING_BYTES }: ByteConnectionOptions) {
    this.peer = peer;
    this.#duplex = duplex;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#end = new ByteConnectionEnd(peer);
    this.lost = this.#end.lost;
    watchConnection(this.lost, () => !this.#end.isReleased);
    this.#tap?.take("opened", new Uint8Array());
    this.#receive();
  }

  /** False once the connection is closed, lost or failed. */
  get isOpen(): boolean {
    return this.#end.isOpen;
  }

  /** The bytes that have arrived and are not taken, without a copy: valid until the next `await`. */
  get waiting(): Uint8Array<ArrayBuffer> {
    return this.#buffer.waiting;
  }

  /** The time since the last byte arrived, in milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#arrivedAt;
  }

  /**
   * Sends all bytes. Resolves when the operating system has taken them.
   *
   * @throws {LabError} `DriverError`, if the connection is closed or breaks.
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.assertSends(`Cannot send to ${this.peer}`);
    this.#tap = currentTap();
    this.#tap?.take("sent", bytes);
    try {
      await writeAll(this.#duplex, bytes);
    } catch (error) {
      this.#lose(error);
      throw this.#end.closed;
    }
  }

  /**
   * Waits until `frame` finds a message in the bytes that have arrived, and takes it from them. One read at a time. A
   * pulled cable sends nothing, so the wait has a limit: 30 s unless `timeoutMs` is given.
   *
   * @throws {LabError} `DriverError`, if the connection is closed or breaks, with the type `TimeoutError` at the limit; the
   * signal's reason; or what `frame` throws.
   */
  async read(
    frame: Frame,
    { signal, timeoutMs = DEFAULT_SILENCE_MS }: ReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const attempt = `Cannot read from ${this.peer}`;
    const until = performance.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      const length = this.#buffer.length > 0 ? frame(this.#buffer.waiting) : undefined;
      if (length !== undefined) return this.take(length);
      this.assertOpen(attempt);
      await this.change(until - performance.now(), signal).catch((error) => {
        if (!(error instanceof DeadlineError)) throw error;
        throw connectionError(attempt, new Error(`nothing complete came within ${timeoutMs} ms`), "TimeoutError");
      });
    }
  }

  /** Takes bytes from the beginning of the received ones: at most `count`, and no more than have arrived. */
  take(count = Infinity): Uint8Array<ArrayBuffer> {
    const wasFull = this.#isFull;
    const taken = this.#buffer.take(Math.min(count, this.#buffer.length));
    // Reading had stopped while the buffer was full.
    if (wasFull) this.#changes.notify();
    return taken;
  }

  /**
   * Yields bytes as they arrive, until the signal aborts.
   *
   * @param options `silenceMs`: a pulled cable sends nothing, so the wait for bytes fails after this time: 30 s by
   * default, as in {@linkcode LineConnection.lines}.
   * @throws {LabError} `DriverError`, when the connection is lost, or nothing has come for `silenceMs`.
   */
  async *chunks(
    signal?: AbortSignal,
    { silenceMs = DEFAULT_SILENCE_MS }: { silenceMs?: number } = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    try {
      for (;;) yield await this.read((received) => received.length, { signal, timeoutMs: silenceMs });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /**
   * Resolves when something arrives, is taken, or the connection ends.
   *
   * @throws {DeadlineError} after `ms` milliseconds, or the signal's reason.
   */
  async change(ms = Infinity, signal?: AbortSignal): Promise<void> {
    this.#waiters++;
    // Reading continues despite the full buffer: the waiter needs more bytes.
    if (this.#isFull) this.#changes.notify();
    try {
      await deadline(this.#changes.next(), ms, signal);
    } finally {
      this.#waiters--;
    }
  }

  /** Ends all waits of {@linkcode change}. */
  wake(): void {
    this.#changes.notify();
  }

  /**
   * @param attempt The beginning of the message. Without it, the reason itself is thrown.
   * @throws {LabError} `DriverError` with the reason, if the connection is closed or lost.
   */
  assertOpen(attempt?: string): void {
    this.#end.assertOpen(attempt);
  }

  /** @throws {LabError} As {@linkcode assertOpen}, but not for a connection that has only failed: it still sends. */
  assertSends(attempt?: string): void {
    this.#end.assertSends(attempt);
  }

  /**
   * Counts the connection as lost, because its bytes can no longer be trusted. Pending and later reads fail. It still
   * sends until it is closed, so that a driver can make its instrument safe.
   */
  fail(reason: Error): void {
    if (this.#end.fail(reason)) this.#changes.notify();
  }

  /** Closes the connection: pending calls fail. Idempotent. With a reason, it counts as lost. */
  close(reason?: Error): void {
    if (reason) return this.#lose(reason);
    if (this.#end.release()) this.#close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #isFull(): boolean {
    return this.#buffer.length >= this.#maxWaitingBytes;
  }

  #lose(cause: unknown): void {
    if (this.#end.lose(cause)) this.#close();
  }

  #close(): void {
    try {
      this.#duplex.close();
    } catch {
      // The connection broke before.
    }
    this.#changes.notify();
  }

  async #receive(): Promise<void> {
    const chunk = new Uint8Array(CHUNK_BYTES);
    try {
      while (!this.#end.closed) {
        const count = await this.#duplex.read(chunk);
        if (count === null) throw new Error(this.#endOfPeer());
        this.#tap?.take("received", chunk.subarray(0, count));
        this.#buffer.add(chunk.subarray(0, count));
        this.#hasReceived = true;
        this.#arrivedAt = performance.now();
        if (this.#waiters === 0) this.onUnread?.();
        this.#changes.notify();
        while (this.#isFull && this.#waiters === 0 && !this.#end.closed) await this.#changes.next();
      }
    } catch (error) {
      this.#lose(error);
    }
  }

  #endOfPeer(): string {
    const closed = "it closed the connection";
    return this.#hasReceived ? closed : `${closed} before it sent anything; it may accept one connection only`;
  }
}
