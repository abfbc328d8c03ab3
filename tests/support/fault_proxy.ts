/**
 * A line between a device and its instrument on which a test plays faults: of the connection, and of what the instrument
 * answers.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { delay } from "../../lib/async/mod.ts";
import { freePort, listenAgain } from "./ports.ts";

/** Changes some bytes of an answer. The pieces are sent one by one; an empty list loses them. */
export type Garble = (bytes: Uint8Array) => Uint8Array[];

/** One connection of the device, and that of the instrument behind it. */
interface Line {
  device: Socket;
  instrument: Socket;
  /** True once something that the instrument sent was changed. */
  isGarbled: boolean;
  /** Resolves when both are closed. */
  ended: Promise<unknown>;
}

/** A line over TCP from a free port of this machine to another port of it. */
export class FaultProxy implements AsyncDisposable {
  readonly host = "127.0.0.1";
  /** Changes what the instrument sends. */
  garble: Garble | undefined;
  /** The delay of what the instrument sends, in milliseconds. */
  delayMs = 0;
  readonly #target: number;
  readonly #isStream: boolean;
  readonly #lines = new Set<Line>();
  /** The bytes on their way to the device. */
  readonly #late = new Set<Promise<void>>();
  #server: Server | undefined;
  #isFrozen = false;

  private constructor(target: number, isStream: boolean) {
    this.#target = target;
    this.#isStream = isStream;
  }

  /**
   * @param target The port of the instrument.
   * @param options `isStream`: the instrument sends one stream of bytes, which ends where some of them are changed.
   */
  static async start(target: number, { isStream = false } = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, isStream);
    await listenAgain(freePort(), (port) => proxy.#listen(port));
    return proxy;
  }

  /** The port for the device. */
  port = 0;

  /** Closes all connections; `withReset`: in the way of a peer that has restarted. */
  async close({ withReset = false } = {}): Promise<void> {
    await Promise.all([...this.#lines].map((line) => end(line, withReset)));
  }

  /** Refuses connections, and closes those that are open. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server ? server.close(() => resolve()) : resolve());
    await this.close();
    await closed;
  }

  /** The other side vanishes without closing anything: it reads nothing, and sends nothing. */
  freeze(): void {
    this.#isFrozen = true;
    for (const { device, instrument } of this.#lines) for (const it of [device, instrument]) it.pause();
  }

  /** The line is as it should be. Bytes that are on their way late arrive still. */
  async heal(): Promise<void> {
    this.garble = undefined;
    this.delayMs = 0;
    this.#isFrozen = false;
    for (const { device, instrument } of this.#lines) for (const it of [device, instrument]) it.resume();
    if (this.#isStream) await Promise.all([...this.#lines].filter(({ isGarbled }) => isGarbled).map((it) => end(it)));
    if (this.#server) return;
    await listenAgain(this.port, (port) => this.#listen(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
    await Promise.all([...this.#late, ...[...this.#lines].map(({ ended }) => ended)]);
  }

  async #listen(port: number): Promise<void> {
    const server = createServer((device) => this.#accept(device));
    server.listen(port, this.host);
    await once(server, "listening");
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  #accept(device: Socket): void {
    const instrument = connect(this.#target, this.host);
    const closed = (it: Socket) => new Promise<void>((resolve) => it.once("close", () => resolve()));
    const ended = Promise.all([closed(device), closed(instrument)]);
    const line: Line = { device, instrument, isGarbled: false, ended };
    this.#lines.add(line);
    ended.then(() => this.#lines.delete(line));
    for (const it of [device, instrument]) {
      it.setNoDelay(true);
      it.on("error", () => {});
      it.on("close", () => end(line));
      if (this.#isFrozen) it.pause();
    }
    device.on("data", (bytes: Uint8Array) => void instrument.write(bytes));
    let sent: Promise<void> = Promise.resolve();
    instrument.on("data", (bytes: Uint8Array) => {
      const answered = sent = this.#answer(line, bytes, sent);
      this.#late.add(answered);
      answered.finally(() => this.#late.delete(answered));
    });
    // It was accepted while the listener was being closed.
    if (!this.#server) end(line);
  }

  /** Sends what the instrument has sent, after what it sent before. */
  async #answer(line: Line, bytes: Uint8Array, before: Promise<void>): Promise<void> {
    const { delayMs, garble } = this;
    const pieces = garble?.(bytes) ?? [bytes];
    if (garble) line.isGarbled = true;
    if (delayMs > 0) await delay(delayMs);
    await before;
    for (const piece of pieces) {
      if (!line.device.destroyed) line.device.write(piece);
      // The device reads it before the next one is sent.
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function end({ device, instrument, ended }: Line, withReset = false): Promise<void> {
  if (withReset && !device.destroyed) device.resetAndDestroy();
  device.destroy();
  // A socket that is destroyed while it connects is closed only later.
  if (instrument.connecting) {
    await new Promise<void>((resolve) => instrument.once("connect", () => resolve()).once("error", () => resolve()));
  }
  instrument.destroy();
  await ended;
}
