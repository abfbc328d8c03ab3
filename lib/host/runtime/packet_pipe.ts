import type { Socket } from "node:net";
import { concat } from "../../format/concat.ts";
import { PIPE_PATH, PROTOCOL_FD } from "../protocol/protocol.ts";

/** The limit up to which packets are copied together. Larger ones are written one by one, uncopied. */
const MAX_COPIED_BYTES = 64 * 1024;

/**
 * A write to a file takes a thread, up to 20 µs more of CPU than one to a socket. The modules of a socket take 20 ms and 3 MB,
 * which a process that writes little does not spend: so many writes within so many milliseconds load them.
 */
const BUSY_WRITES = 1_000;
const BUSY_MS = 5_000;

/** The pipe to the daemon, for writing. Packets that wait while others are written are written together. */
export class PacketPipe {
  readonly #gathers: boolean;
  readonly #file = openedFile();
  #socket: Socket | undefined;
  #packets: Uint8Array<ArrayBuffer>[] = [];
  /** Resolves when the waiting packets are written. */
  #written: PromiseWithResolvers<void> | undefined;
  #isWriting = false;
  #writes = 0;
  #countedAt = performance.now();
  /** Writes so much that a socket costs less. */
  #isBusy = false;

  /** @param gathers True to send the packets of one turn of the event loop in one write: devices send many small ones. */
  constructor({ gathers }: { gathers: boolean }) {
    this.#gathers = gathers;
  }

  /** Resolves when the pipe has room for more. */
  write(packet: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#socket && !this.#gathers && !this.#isWriting) return sent(this.#socket, packet);
    this.#packets.push(packet);
    this.#written ??= Promise.withResolvers();
    const { promise } = this.#written;
    if (!this.#isWriting) {
      this.#isWriting = true;
      if (this.#socket) setImmediate(() => this.#flush(this.#socket!));
      else this.#drain();
    }
    return promise;
  }

  /** Takes the waiting packets, and the promise that their writing resolves. */
  #take(): { pieces: Uint8Array[]; written: PromiseWithResolvers<void> } {
    const [packets, written] = [this.#packets, this.#written!];
    this.#packets = [];
    this.#written = undefined;
    const size = packets.reduce((sum, { length }) => sum + length, 0);
    return { pieces: size > MAX_COPIED_BYTES || packets.length === 1 ? packets : [concat(packets)], written };
  }

  #flush(socket: Socket): void {
    this.#isWriting = false;
    const { pieces, written } = this.#take();
    // Written in order: the last one is the last.
    pieces.map((bytes) => sent(socket, bytes)).at(-1)!.then(written.resolve);
  }

  /** Writes to the file until nothing waits, or a socket takes over. */
  async #drain(): Promise<void> {
    while (this.#file && !this.#isBusy && this.#packets.length) {
      const { pieces, written } = this.#take();
      this.#count(pieces.length);
      // The pipe fails when the daemon has died; stdin ends then too.
      for (const bytes of pieces) await writeAll(this.#file, bytes).catch(() => {});
      written.resolve();
    }
    if (this.#packets.length) {
      this.#socket = await openedSocket();
      this.#file?.close();
      this.#flush(this.#socket);
    }
    this.#isWriting = false;
  }

  #count(writes: number): void {
    this.#writes += writes;
    if (this.#writes < BUSY_WRITES) return;
    const now = performance.now();
    this.#isBusy = now - this.#countedAt < BUSY_MS;
    this.#writes = 0;
    this.#countedAt = now;
  }
}

/**
 * The pipe as a file, which needs none of Node's modules; `undefined` if the system has no such path. The permission to
 * open it is revoked here, before any code of a driver runs, unless the driver was granted a wider one.
 */
function openedFile(): Deno.FsFile | undefined {
  try {
    return Deno.openSync(PIPE_PATH, { write: true });
  } catch {
    return undefined;
  } finally {
    const folder = PIPE_PATH.slice(0, PIPE_PATH.lastIndexOf("/"));
    const { state } = Deno.permissions.querySync({ name: "write", path: folder });
    if (state !== "granted") Deno.permissions.revokeSync({ name: "write", path: PIPE_PATH });
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length;) rest = rest.subarray(await file.write(rest));
}

async function openedSocket(): Promise<Socket> {
  const { Socket } = await import("node:net");
  const socket = new Socket({ fd: PROTOCOL_FD, readable: false, writable: true });
  // The pipe alone does not keep the process running.
  socket.unref();
  socket.on("error", () => {});
  return socket;
}

function sent(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}
