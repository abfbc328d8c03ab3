import { Notifier } from "../../../async/mod.ts";
import type { EndSockets } from "./end_sockets.ts";

/** A TLS handshake that takes longer is ended. */
const LIMIT_MS = 10_000;

/** Handshakes that are ended at a time: the system takes 0.15 ms for each. */
const AT_ONCE = 32;

/** The time between two such batches. */
const TURN_MS = 25;

/** The time between two checks for handshakes that take too long. */
const LOOK_MS = 1_000;

/** The limit of handshakes is the limit of connections divided by this. Handshakes do not count as connections. */
const PART = 2;

/**
 * The TLS handshakes that have not ended. A handshake is ended after 10 s. When there is no room for another one, the
 * oldest are ended at once.
 */
export class Handshakes {
  /** The open ones in the order of time, with the time of their beginning. */
  readonly #open = new Map<Deno.TlsConn, number>();
  readonly #max: number;
  readonly #endSockets: EndSockets | undefined;
  /** Notified when one has ended, and at {@linkcode close}. */
  readonly #ended = new Notifier();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /**
   * @param connections The greatest number of connections.
   * @param endSockets Missing where the daemon cannot end sockets: Deno keeps a connection whose handshake has not
   * ended until the client closes it, also after its `close()`.
   */
  constructor(connections: number, endSockets: EndSockets | undefined) {
    this.#max = connections / PART;
    this.#endSockets = endSockets;
  }

  /** Resolves when there is room for one more handshake. */
  async room(): Promise<void> {
    while (this.#open.size >= this.#max && !this.#isClosed) {
      const ended = this.#ended.next();
      this.#end([...this.#open.keys()]);
      await ended;
    }
  }

  /** Resolves when the handshake has ended; to false if it has failed. */
  async shake(connection: Deno.TlsConn): Promise<boolean> {
    this.#open.set(connection, performance.now());
    this.#schedule(LOOK_MS);
    const isDone = await connection.handshake().then(() => true, () => false);
    this.#open.delete(connection);
    this.#ended.notify();
    if (this.#open.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    return isDone;
  }

  /** Ends the waits for room: the listener accepts no more connections. */
  close(): void {
    this.#isClosed = true;
    this.#ended.notify();
  }

  #schedule(afterMs: number): void {
    if (!this.#endSockets) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const beganBefore = performance.now() - LIMIT_MS;
      const overdue = [...this.#open].filter(([, beganMs]) => beganMs <= beganBefore).map(([connection]) => connection);
      this.#end(overdue);
      if (this.#open.size > 0) this.#schedule(overdue.length > AT_ONCE ? TURN_MS : LOOK_MS);
    }, afterMs);
  }

  #end(connections: readonly Deno.TlsConn[]): void {
    this.#endSockets?.(connections.slice(0, AT_ONCE));
  }
}
