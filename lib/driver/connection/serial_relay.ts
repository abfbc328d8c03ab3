import { type FrameKind, SerialPort } from "./serial_port.ts";

/** Settings of a serial port. */
export interface SerialSettings {
  /** The port. `/dev/serial/by-id/…` names the same device whatever is plugged in first. */
  path: string;
  /** @default {9_600} */
  baud?: number;
  /** @default {8} */
  bits?: 5 | 6 | 7 | 8;
  /** @default {"none"} */
  parity?: "none" | "even" | "odd";
  /** @default {1} */
  stop?: 1 | 2;
  /** `hardware` is RTS/CTS, `software` XON/XOFF. @default {"none"} */
  flow?: "none" | "hardware" | "software";
  /** The state of RTS after opening. By default as the system leaves it, which is most often on. */
  rts?: boolean;
  /** The state of DTR after opening. By default as the system leaves it, which is most often on: an Arduino restarts. */
  dtr?: boolean;
}

/** Bytes to and from a relay. */
export interface RelayPipe {
  write(bytes: Uint8Array): void;
  /** Calls back with received bytes, and with `null` at the end. */
  listen(callback: (bytes: Uint8Array | null) => void): void;
}

const HEADER_BYTES = 6;

/** A relay, which opens serial ports for this process. */
export class SerialRelay {
  readonly #pipe: RelayPipe;
  readonly #ports = new Map<number, SerialPort>();
  #received = new Uint8Array(0);
  readonly #idle: () => void;
  #last = 0;
  #hasEnded = false;

  /** @param idle Called when the last port has closed. */
  constructor(pipe: RelayPipe, idle: () => void = () => {}) {
    this.#pipe = pipe;
    this.#idle = idle;
    pipe.listen((bytes) => bytes ? this.#take(bytes) : this.#end());
  }

  /** Opens a port. @throws {Error} with the system's reason. */
  async open(settings: SerialSettings): Promise<SerialPort> {
    if (this.#hasEnded) throw new Error("the relay of serial ports has ended");
    let number = this.#last;
    do number = (number + 1) % 256; while (this.#ports.has(number));
    this.#last = number;
    const port = new SerialPort((kind, content) => this.#send(number, kind, content), () => this.#closed(number));
    this.#ports.set(number, port);
    const { baud = 9_600, bits = 8, parity = "none", stop = 1, flow = "none" } = settings;
    try {
      await port.ask("O", { ...settings, baud, bits, parity, stop, flow });
      return port;
    } catch (error) {
      this.#closed(number);
      throw error;
    }
  }

  #closed(number: number): void {
    this.#ports.delete(number);
    if (this.#ports.size === 0) this.#idle();
  }

  #send(number: number, kind: FrameKind, content: Uint8Array): void {
    const frame = new Uint8Array(HEADER_BYTES + content.length);
    frame[0] = number;
    frame[1] = kind.charCodeAt(0);
    new DataView(frame.buffer).setUint32(2, content.length);
    frame.set(content, HEADER_BYTES);
    this.#pipe.write(frame);
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#received.length + bytes.length);
    all.set(this.#received);
    all.set(bytes, this.#received.length);
    let at = 0;
    while (at + HEADER_BYTES <= all.length) {
      const end = at + HEADER_BYTES + new DataView(all.buffer).getUint32(at + 2);
      if (end > all.length) break;
      this.#ports.get(all[at])?.take(String.fromCharCode(all[at + 1]) as FrameKind, all.slice(at + HEADER_BYTES, end));
      at = end;
    }
    this.#received = all.subarray(at);
  }

  #end(): void {
    this.#hasEnded = true;
    for (const port of this.#ports.values()) port.lose(new Error("the relay of serial ports has ended"));
    this.#ports.clear();
  }
}
