import { PROTOCOL_FD } from "./protocol.ts";
import { openSystemLibrary } from "./system_library.ts";

/** Functions of the system's library. Linux passes the argument of `fcntl` that may be absent as it passes any other. */
const FUNCTIONS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** `O_RDONLY | O_NONBLOCK | O_CLOEXEC`. */
const OPEN_FLAGS = 0o2004000;

/** `F_SETPIPE_SZ`. */
const SET_SIZE = 1031;

/** The size of an enlarged pipe. Linux gives 64 KiB by default, and users without privileges this at most. */
const LARGE_BYTES = 1024 * 1024;

/**
 * A larger packet does not fit into a usual pipe: the process and the daemon take turns until it is read. The pipe is
 * enlarged after so many such packets.
 */
const PACKET_BYTES = 64 * 1024;
const PACKETS = 10;

/** Large pipes at a time: Linux makes further pipes of a user small when all together have 64 MiB. */
const MAX_LARGE = 16;

let large = 0;

/**
 * The size of the pipe of a process's packets. If large packets come, the pipe is made larger, as far as the daemon may
 * use the system's library (`--allow-ffi`, on Linux). A packet then takes one or two turns of both processes; otherwise
 * it takes one for each 64 KiB.
 */
export class LargePipe implements Disposable {
  readonly #pid: number;
  #packets = 0;
  #isLarge = false;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** A packet was read. */
  took(bytes: number): void {
    if (bytes <= PACKET_BYTES || ++this.#packets !== PACKETS || large >= MAX_LARGE) return;
    this.#isLarge = enlarge(`/proc/${this.#pid}/fd/${PROTOCOL_FD}`);
    if (this.#isLarge) large++;
  }

  /** The process has ended. */
  [Symbol.dispose](): void {
    if (this.#isLarge) large--;
    this.#isLarge = false;
  }
}

/** Enlarges a pipe. Returns false if that is not possible, which breaks nothing. */
function enlarge(path: string): boolean {
  const library = Deno.build.os === "linux" ? openSystemLibrary(FUNCTIONS) : undefined;
  if (!library) return false;
  const { open, fcntl, close } = library.symbols;
  const file = open(new TextEncoder().encode(`${path}\0`), OPEN_FLAGS);
  const size = file < 0 ? 0 : fcntl(file, SET_SIZE, LARGE_BYTES);
  if (file >= 0) close(file);
  library.close();
  return size >= LARGE_BYTES;
}
