import { ByteConnection, type ByteConnectionOptions, type Duplex } from "../../lib/driver/mod.ts";

/** An instrument at the other end of a connection in this process: a test sends its bytes and reads what it got. */
export class DuplexPeer {
  /** All bytes that the driver has sent, as text. */
  received = "";
  /** True once the driver has closed its end. */
  isClosed = false;
  /** Called with each message of the driver. */
  onReceive: (text: string) => void = () => {};
  readonly duplex: Duplex = {
    read: (buffer) => this.#read(buffer),
    write: (bytes) => this.#write(bytes),
    close: () => {
      this.isClosed = true;
      this.#arrived.reject(new Error("closed"));
    },
  };
  readonly #sent: (Uint8Array | null)[] = [];
  #arrived = unawaited();

  /** A connection to this peer. */
  connect(options: Partial<ByteConnectionOptions> = {}): ByteConnection {
    return new ByteConnection(this.duplex, { peer: "meter", ...options });
  }

  /** Sends bytes, or a text. Each call arrives as a piece of its own. */
  send(bytes: Uint8Array | string): void {
    this.#push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  /** Closes the connection at this end. */
  end(): void {
    this.#push(null);
  }

  /** Breaks the connection. */
  break(error: Error): void {
    this.#arrived.reject(error);
  }

  #push(piece: Uint8Array | null): void {
    this.#sent.push(piece);
    this.#arrived.resolve();
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    while (!this.#sent.length) {
      await this.#arrived.promise;
      this.#arrived = unawaited();
    }
    const piece = this.#sent.shift()!;
    if (piece === null) return null;
    const taken = piece.subarray(0, buffer.length);
    buffer.set(taken);
    if (taken.length < piece.length) this.#sent.unshift(piece.subarray(taken.length));
    return taken.length;
  }

  #write(bytes: Uint8Array): Promise<number> {
    if (this.isClosed) return Promise.reject(new Error("closed"));
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    this.received += text;
    queueMicrotask(() => this.onReceive(text));
    return Promise.resolve(bytes.length);
  }
}

/** A promise whose rejection needs no handler. */
function unawaited(): PromiseWithResolvers<void> {
  const it = Promise.withResolvers<void>();
  it.promise.catch(() => {});
  return it;
}
