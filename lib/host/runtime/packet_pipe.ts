import { Socket } from "node:net";
import { concat } from "../../format/concat.ts";
import { PROTOCOL_FD } from "../protocol/protocol.ts";

/** Packets that are larger together are written one by one, uncopied. */
const MAX_COPIED_BYTES = 64 * 1024;

/** The pipe to the daemon, for writing. */
export class PacketPipe {
  readonly #socket = new Socket({ fd: PROTOCOL_FD, readable: false, writable: true });
  readonly #gathers: boolean;
  #packets: Uint8Array<ArrayBuffer>[] = [];
  #written: PromiseWithResolvers<void> | undefined;

  /** @param gathers True to send the packets of one turn of the event loop in one write: devices send many small ones. */
  constructor({ gathers }: { gathers: boolean }) {
    this.#gathers = gathers;
    // The pipe alone does not keep the process running.
    this.#socket.unref();
    // The pipe fails when the daemon has died; stdin ends then too.
    this.#socket.on("error", () => {});
  }

  /** Resolves when the pipe has room for more. */
  write(packet: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#gathers) return this.#send(packet);
    this.#packets.push(packet);
    if (!this.#written) {
      this.#written = Promise.withResolvers();
      setImmediate(() => this.#flush());
    }
    return this.#written.promise;
  }

  #flush(): void {
    const [packets, written] = [this.#packets, this.#written!];
    this.#packets = [];
    this.#written = undefined;
    const size = packets.reduce((sum, { length }) => sum + length, 0);
    const writes = size > MAX_COPIED_BYTES ? packets : [concat(packets)];
    // Written in order: the last one is the last.
    writes.map((bytes) => this.#send(bytes)).at(-1)!.then(written.resolve);
  }

  #send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }
}
