import type { Duplex } from "./duplex.ts";

/** The kinds of frames, as `serial_relay.py` documents them. */
export type FrameKind = "O" | "D" | "L" | "M" | "C" | "A" | "E";

/** The lines that a computer switches. `brk` is the break condition of the data line. */
export interface SerialLines {
  rts?: boolean;
  dtr?: boolean;
  brk?: boolean;
}

/** The lines that the other side switches. */
export interface ModemLines {
  cts: boolean;
  dsr: boolean;
  cd: boolean;
  ri: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One open serial port, by way of a relay. */
export class SerialPort implements Duplex {
  readonly #send: (kind: FrameKind, content: Uint8Array) => void;
  readonly #closed: () => void;
  readonly #answers: PromiseWithResolvers<unknown>[] = [];
  readonly #received: Uint8Array[] = [];
  #arrived = Promise.withResolvers<void>();
  #end: Error | undefined;

  constructor(send: (kind: FrameKind, content: Uint8Array) => void, closed: () => void) {
    this.#send = send;
    this.#closed = closed;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (!this.#received.length) {
      if (this.#end) throw this.#end;
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers<void>();
    }
    const piece = this.#received.shift()!;
    const taken = piece.subarray(0, buffer.length);
    buffer.set(taken);
    if (taken.length < piece.length) this.#received.unshift(piece.subarray(taken.length));
    return taken.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#ask("D", bytes);
    return bytes.length;
  }

  close(): void {
    if (this.#end) return;
    this.#send("C", new Uint8Array(0));
    this.lose(new Error("it was closed"));
  }

  /** Sends a request and resolves with its answer. @throws {SerialError} with the system's reason. */
  ask(kind: FrameKind, request: object): Promise<unknown> {
    return this.#ask(kind, encoder.encode(JSON.stringify(request)));
  }

  /** A frame from the relay. */
  take(kind: FrameKind, content: Uint8Array): void {
    if (kind === "D") {
      this.#received.push(content);
      this.#arrived.resolve();
    } else if (kind === "E") this.lose(new Error(decoder.decode(content)));
    else {
      const { error, code, ...result } = JSON.parse(decoder.decode(content));
      const answer = this.#answers.shift();
      if (error === undefined) answer?.resolve(result);
      else answer?.reject(new SerialError(error, code));
    }
  }

  /** The port is gone. */
  lose(error: Error): void {
    if (this.#end) return;
    this.#end = error;
    for (const { reject } of this.#answers.splice(0)) reject(error);
    this.#arrived.resolve();
    this.#closed();
  }

  #ask(kind: FrameKind, content: Uint8Array): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const answer = Promise.withResolvers<unknown>();
    this.#answers.push(answer);
    this.#send(kind, content);
    return answer.promise;
  }
}

/** A failure that the system reports, under its name: `ENOENT`, `EBUSY`. */
export class SerialError extends Error {
  constructor(message: string, code: string | null | undefined) {
    super(message);
    if (code) this.name = code;
  }
}
