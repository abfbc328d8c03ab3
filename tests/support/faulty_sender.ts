import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Fault, Random } from "./faults.ts";

const HOST = "127.0.0.1";

/** The time between two datagrams, in milliseconds. */
const PERIOD_MS = 20;

/** Changes a datagram before it is sent. */
type Garble = (bytes: Uint8Array, random: Random) => Uint8Array[];

/** An instrument that sends datagrams, and what can go wrong with them. */
export class FaultySender implements AsyncDisposable {
  readonly #port: number;
  readonly #datagram: (n: number) => Uint8Array;
  readonly #timer: ReturnType<typeof setInterval>;
  #socket: Socket;
  #garble: Garble | undefined;
  #random: Random = () => 0;
  #sent = 0;

  private constructor(port: number, socket: Socket, datagram: (n: number) => Uint8Array) {
    this.#port = port;
    this.#socket = socket;
    this.#datagram = datagram;
    this.#timer = setInterval(() => this.#send(), PERIOD_MS);
  }

  /** @param datagram The datagram of a number, which counts from 0 to 199 again and again. */
  static async start(datagram: (n: number) => Uint8Array): Promise<FaultySender> {
    const free = await bound(HOST);
    const { port } = free.address();
    await closed(free);
    return new FaultySender(port, await bound(HOST), datagram);
  }

  /** The params of a device that listens to it. */
  get params() {
    return { port: this.#port, address: HOST, from: HOST, to_host: HOST, to_port: this.#socket.address().port };
  }

  /** All faults, and what ends them. */
  faults() {
    const garbled = (garble: Garble, mustBreak = false): Fault => ({
      mustBreak,
      begin: (random) => {
        this.#random = random;
        this.#garble = garble;
      },
    });
    const noise = (length: number, random: Random) => Uint8Array.from({ length }, () => random(256));
    const faults: Record<string, Fault> = {
      "silent": garbled(() => [], true),
      "peer restarted": { begin: () => this.#moveTo(HOST) },
      // What another machine sends is none of the instrument's.
      "another sender": { begin: () => this.#moveTo("127.0.0.2"), mustBreak: true },
      "half a datagram": garbled((bytes) => [bytes.subarray(0, bytes.length / 2)]),
      "two datagrams": garbled((bytes) => [bytes, bytes]),
      "two datagrams in one": garbled((bytes) => [Uint8Array.of(...bytes, ...bytes)]),
      "garbage": garbled((_, random) => [noise(1 + random(40), random)]),
      "an empty datagram": garbled((bytes, random) => random(2) ? [new Uint8Array(0)] : [bytes]),
      "garbage before it": garbled((bytes, random) => [Uint8Array.of(...noise(3, random), ...bytes)]),
      "NUL bytes": garbled(() => [new Uint8Array(40)]),
      "the largest datagram": garbled((bytes) => [bytes, new Uint8Array(65_000).fill(0x31)]),
    };
    const heal = async () => {
      this.#garble = undefined;
      if (this.#socket.address().address !== HOST) await this.#moveTo(HOST);
    };
    return { faults, heal };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await closed(this.#socket);
  }

  #send(): void {
    const datagram = this.#datagram(this.#sent++ % 200);
    for (const bytes of this.#garble?.(datagram, this.#random) ?? [datagram]) {
      this.#socket.send(bytes, this.#port, HOST, () => {});
    }
  }

  async #moveTo(host: string): Promise<void> {
    const before = this.#socket;
    this.#socket = await bound(host);
    await closed(before);
  }
}

async function bound(host: string): Promise<Socket> {
  // A datagram that is not taken may come back as an error.
  const socket = createSocket("udp4").on("error", () => {}).bind(0, host);
  await once(socket, "listening");
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  const end = once(socket, "close");
  socket.close();
  await end;
}
