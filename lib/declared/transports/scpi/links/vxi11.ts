import { connectTcp } from "../../../../driver/connection/connect_tcp.ts";
import type { ReadOptions } from "../../../../driver/connection/byte_options.ts";
import type { MessageChannel } from "./message_link.ts";
import { concat } from "../../../../format/concat.ts";
import { RpcConnection, xdr, type XdrReader } from "./rpc.ts";

/** The program of an instrument's core channel. */
export const DEVICE_CORE = [0x0607AF, 1] as const;

/** The program that knows the ports of the others. */
export const PORT_MAPPER = [100_000, 2] as const;
/** The port of {@linkcode PORT_MAPPER}. */
export const PORT_MAPPER_PORT = 111;

/** The procedures (VXI-11, appendix C; RFC 1833). */
export const PROCEDURES = { getPort: 3, createLink: 10, write: 11, read: 12, clear: 15 } as const;

const TCP = 6;
const FLAG_END = 8;
const REASON_END = 4;

/** The bytes that are asked for at a time. */
const READ_BYTES = 1024 * 1024;

/** The errors of an instrument (VXI-11, table B.2). */
const ERRORS: Record<number, string> = {
  1: "syntax error",
  3: "the device is not accessible",
  4: "invalid link",
  5: "parameter error",
  6: "the channel is not established",
  8: "the operation is not supported",
  9: "out of resources",
  11: "the device is locked by another link",
  15: "no answer within its time limit",
  17: "I/O error",
  21: "invalid address",
  23: "aborted",
};

/** The address of an instrument that speaks VXI-11. */
export interface Vxi11Options {
  host: string;
  /** The port of the instrument's core channel. By default, the instrument's port mapper is asked. */
  port?: number;
  /** The name of the device, `inst0`. */
  device: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Opens a link to an instrument (VXI-11, a protocol of messages over ONC RPC), and clears what it has left to say. */
export async function openVxi11({ host, port, device, timeoutMs, signal }: Vxi11Options): Promise<MessageChannel> {
  const core = port ?? await corePort(host, timeoutMs, signal);
  const connection = await connectTcp({ hostname: host, port: core, timeoutMs, signal });
  const channel = new Vxi11Channel(new RpcConnection(connection, DEVICE_CORE), timeoutMs);
  try {
    await channel.open(device, { timeoutMs, signal });
    return channel;
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function corePort(hostname: string, timeoutMs: number, signal: AbortSignal): Promise<number> {
  using connection = await connectTcp({ hostname, port: PORT_MAPPER_PORT, timeoutMs, signal });
  const answer = await new RpcConnection(connection, PORT_MAPPER).call(
    PROCEDURES.getPort,
    xdr(...DEVICE_CORE, TCP, 0),
    { timeoutMs, signal },
  );
  const port = answer.number();
  if (port === 0) throw new Error(`the port mapper of ${hostname} knows no VXI-11 instrument`);
  return port;
}

class Vxi11Channel implements MessageChannel {
  readonly peer: string;
  readonly #rpc: RpcConnection;
  readonly #timeoutMs: number;
  #link = 0;
  #maxBytes = 1024;

  constructor(rpc: RpcConnection, timeoutMs: number) {
    this.#rpc = rpc;
    this.#timeoutMs = timeoutMs;
    this.peer = `${rpc.connection.peer} by VXI-11`;
  }

  async open(device: string, limits: ReadOptions): Promise<void> {
    const answer = await this.#call(PROCEDURES.createLink, xdr(1, 0, 0, device), limits);
    this.#link = answer.number();
    answer.number();
    this.#maxBytes = Math.max(1024, answer.number());
    // An answer that an earlier user did not read would be taken for the first one's.
    const clear = xdr(this.#link, 0, 0, this.#timeoutMs);
    await this.#call(PROCEDURES.clear, clear, limits).catch(() => {});
  }

  async send(message: Uint8Array): Promise<void> {
    for (let at = 0; at < message.length; at += this.#maxBytes) {
      const part = message.subarray(at, at + this.#maxBytes);
      const flags = at + part.length === message.length ? FLAG_END : 0;
      await this.#call(PROCEDURES.write, xdr(this.#link, this.#timeoutMs, 0, flags, part));
    }
  }

  async receive(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const args = xdr(this.#link, READ_BYTES, this.#timeoutMs, 0, 0, 0);
      const answer = await this.#call(PROCEDURES.read, args);
      const reason = answer.number();
      parts.push(answer.opaque());
      if (reason & REASON_END) return concat(parts);
    }
  }

  /** The instrument frees the link of a connection that closes. */
  close(reason?: Error): void {
    this.#rpc.connection.close(reason);
  }

  /** @throws {Error} with the instrument's error. */
  async #call(procedure: number, args: Uint8Array, limits?: ReadOptions): Promise<XdrReader> {
    const answer = await this.#rpc.call(procedure, args, limits);
    const error = answer.number();
    if (error !== 0) throw new Error(ERRORS[error] ?? `error ${error}`);
    return answer;
  }
}
