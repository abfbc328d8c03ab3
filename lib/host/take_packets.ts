import { delay } from "../async/mod.ts";
import { Turns } from "../stream/turns.ts";
import { type Packet, readPackets } from "./protocol/framing.ts";
import { checkHandshake } from "./protocol/check_handshake.ts";
import { FROM_PROCESS } from "./protocol/packets.ts";
import type { Handshake } from "./protocol/protocol.ts";

/** The time for which packets are taken in a row, of all processes together, before requests have their turn. */
const MAX_TURN_MS = 5;

/** The time that counts for the reading of a packet, besides its handling. */
const READ_MS = 0.02;

/** After so many messages the pipe rests, and its writer waits. A message costs more than a sample. */
const MAX_MESSAGES = 100;
const PAUSE_MS = 20;

/** The turns of all processes. */
const TURNS = new Turns(MAX_TURN_MS);

/**
 * Takes the packets of a process, its handshake first, until they end or the signal aborts. The event loop has its turn
 * in between, however many packets there are.
 *
 * @param take Takes a packet, at once or in steps. Returns true for a message that counts against the limit of
 * messages.
 * @param greeted Called with the handshake.
 * @throws {RangeError} if the bytes are not packets, and the error of `take`.
 * @throws {ProtocolMismatch} as `checkHandshake`.
 */
export async function takePackets(
  source: ReadableStream<Uint8Array>,
  take: (packet: Packet) => boolean | Generator<void, boolean>,
  signal: AbortSignal,
  greeted?: (hello: Handshake["hello"]) => void,
): Promise<void> {
  let messages = 0;
  let isFirst = true;
  for await (const packet of readPackets(source, FROM_PROCESS, signal)) {
    if (isFirst) {
      const hello = checkHandshake(packet);
      greeted?.(hello);
      isFirst = false;
      continue;
    }
    const begun = performance.now();
    const taken = take(packet);
    const isMessage = typeof taken === "boolean" ? taken : await inSteps(taken);
    if (isMessage && ++messages % MAX_MESSAGES === 0) await delay(PAUSE_MS);
    TURNS.spend(READ_MS + performance.now() - begun);
    if (TURNS.isOver) await nextTurn();
  }
}

async function inSteps(steps: Generator<void, boolean>): Promise<boolean> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void TURNS.wait(resolve));
}
