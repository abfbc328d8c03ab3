import { writeAll } from "../../async/write_all.ts";
import { concat } from "../../format/concat.ts";
import { PIPE_PATH, PROTOCOL_FD } from "../protocol/protocol.ts";

/** The limit up to which packets are copied together. Larger ones are written one by one, uncopied. */
const MAX_COPIED_BYTES = 64 * 1024;

/** Writes bytes to the pipe. Resolves when it has room for more. */
type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * The pipe to the daemon, for writing. Packets that wait while others are written are written together.
 *
 * A process of one device writes to it as to a file, which loads no module of Node: a thread of Deno waits while the pipe is
 * full. One of several devices writes to a socket, which takes 20 ms and 3 MB more, and less CPU where writes are many.
 */
export class PacketPipe {
  readonly #gathers: boolean;
  readonly #target: Write | Promise<Write>;
  #packets: Uint8Array<ArrayBuffer>[] = [];
  /** Resolves when the waiting packets are written. */
  #written: PromiseWithResolvers<void> | undefined;
  #isWriting = false;

  /** @param gathers True to send the packets of one turn of the event loop in one write: devices send many small ones. */
  constructor({ gathers }: { gathers: boolean }) {
    this.#gathers = gathers;
    this.#target = !gathers && fileWriter() || socketWriter();
    // Before any code of a driver runs, unless the driver was granted the whole folder.
    const folder = PIPE_PATH.slice(0, PIPE_PATH.lastIndexOf("/"));
    const { state } = Deno.permissions.querySync({ name: "write", path: folder });
    if (state !== "granted") Deno.permissions.revokeSync({ name: "write", path: PIPE_PATH });
  }

  /** Resolves when the pipe has room for more. */
  write(packet: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#packets.push(packet);
    this.#written ??= Promise.withResolvers();
    const { promise } = this.#written;
    if (!this.#isWriting) {
      this.#isWriting = true;
      this.#drain();
    }
    return promise;
  }

  /** Writes until nothing waits. */
  async #drain(): Promise<void> {
    const write = await this.#target;
    while (this.#packets.length) {
      if (this.#gathers) await new Promise(setImmediate);
      const { pieces, written } = this.#take();
      // The pipe fails when the daemon has died; stdin ends then too.
      for (const bytes of pieces) await write(bytes).catch(() => {});
      written.resolve();
    }
    this.#isWriting = false;
  }

  /** Takes the waiting packets, and the promise that their writing resolves. */
  #take(): { pieces: Uint8Array[]; written: PromiseWithResolvers<void> } {
    const [packets, written] = [this.#packets, this.#written!];
    this.#packets = [];
    this.#written = undefined;
    const size = packets.reduce((sum, { length }) => sum + length, 0);
    return { pieces: size > MAX_COPIED_BYTES || packets.length === 1 ? packets : [concat(packets)], written };
  }
}

/** `undefined` if the system has no such path. */
function fileWriter(): Write | undefined {
  try {
    const file = Deno.openSync(PIPE_PATH, { write: true });
    return (bytes) => writeAll(file, bytes);
  } catch {
    return undefined;
  }
}

async function socketWriter(): Promise<Write> {
  const { Socket } = await import("node:net");
  const socket = new Socket({ fd: PROTOCOL_FD, readable: false, writable: true });
  // The pipe alone does not keep the process running.
  socket.unref();
  socket.on("error", () => {});
  return (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve()));
}
