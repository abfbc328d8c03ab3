import type { ByteConnection } from "../../../../driver/connection/byte_connection.ts";
import type { ReadOptions } from "../../../../driver/connection/byte_options.ts";
import { connectTcp } from "../../../../driver/connection/connect_tcp.ts";
import type { MessageChannel } from "./message_link.ts";
import { concat } from "../../../../format/concat.ts";

/** The usual port. */
export const HISLIP_PORT = 4880;

/** The types of messages (IVI-6.1, table 4). */
export const MESSAGES = {
  initialize: 0,
  initializeResponse: 1,
  fatalError: 2,
  error: 3,
  data: 6,
  dataEnd: 7,
  interrupted: 13,
  asyncInitialize: 17,
  asyncInitializeResponse: 18,
} as const;

const HEADER_BYTES = 16;

/** The longest message. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Version 1.0, and the two letters of a vendor that no other has. */
const VERSION_AND_VENDOR = 0x0100_4C44;

const FIRST_MESSAGE_ID = 0xFFFF_FF00;

/** One message of the protocol. */
export interface HislipMessage {
  type: number;
  control: number;
  parameter: number;
  payload: Uint8Array;
}

/** A message as bytes. */
export function hislipBytes({ type, control, parameter, payload }: HislipMessage): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint16(0, 0x4853);
  view.setUint8(2, type);
  view.setUint8(3, control);
  view.setUint32(4, parameter >>> 0);
  view.setBigUint64(8, BigInt(payload.length));
  return concat([header, payload]);
}

/** Reads the next message. Without `timeoutMs`, the wait has no limit. @throws {Error} if the bytes are none, and as {@linkcode ByteConnection.read}. */
export async function readHislip(connection: ByteConnection, options?: ReadOptions): Promise<HislipMessage> {
  const bytes = await connection.read((received) => {
    if (received.length < HEADER_BYTES) return undefined;
    const view = new DataView(received.buffer, received.byteOffset, received.length);
    if (view.getUint16(0) !== 0x4853) throw new Error("it does not speak HiSLIP");
    const length = Number(view.getBigUint64(8));
    if (length > MAX_MESSAGE_BYTES) throw new Error(`its message is longer than ${MAX_MESSAGE_BYTES} bytes`);
    return received.length >= HEADER_BYTES + length ? HEADER_BYTES + length : undefined;
  }, { timeoutMs: Infinity, ...options });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    type: view.getUint8(2),
    control: view.getUint8(3),
    parameter: view.getUint32(4),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

/** The address of an instrument that speaks HiSLIP. */
export interface HislipOptions {
  host: string;
  port: number;
  /** The name of the device, `hislip0`. */
  device: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Opens both connections of a session (IVI-6.1), which the protocol needs although only one carries answers. */
export async function openHislip({ host, port, device, timeoutMs, signal }: HislipOptions): Promise<MessageChannel> {
  const limits = { timeoutMs, signal };
  const dial = () => connectTcp({ hostname: host, port, ...limits });
  const main = await dial();
  let second: ByteConnection | undefined;
  try {
    const payload = new TextEncoder().encode(device);
    await main.write(hislipBytes({ type: MESSAGES.initialize, control: 0, parameter: VERSION_AND_VENDOR, payload }));
    const { parameter } = await expect(main, [MESSAGES.initializeResponse], limits);
    const session = parameter & 0xFFFF;
    second = await dial();
    const empty = new Uint8Array(0);
    await second.write(hislipBytes({ type: MESSAGES.asyncInitialize, control: 0, parameter: session, payload: empty }));
    await expect(second, [MESSAGES.asyncInitializeResponse], limits);
    return new HislipChannel(main, second);
  } catch (error) {
    main.close();
    second?.close();
    throw error;
  }
}

class HislipChannel implements MessageChannel {
  readonly peer: string;
  readonly #main: ByteConnection;
  readonly #second: ByteConnection;
  #id = FIRST_MESSAGE_ID;
  /** The RMT-delivered flag of the next message: 1 if the last answer was read to its end. */
  #delivered = 0;

  constructor(main: ByteConnection, second: ByteConnection) {
    this.peer = `${main.peer} by HiSLIP`;
    this.#main = main;
    this.#second = second;
  }

  async send(payload: Uint8Array): Promise<void> {
    const control = this.#delivered;
    this.#delivered = 0;
    await this.#main.write(hislipBytes({ type: MESSAGES.dataEnd, control, parameter: this.#id, payload }));
    this.#id = (this.#id + 2) >>> 0;
  }

  async receive(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    // An answer carries the number of its question: a late answer to an earlier one is skipped.
    const asked = (this.#id - 2) >>> 0;
    for (;;) {
      const { type, parameter, payload } = await expect(this.#main, [MESSAGES.data, MESSAGES.dataEnd]);
      if (parameter !== asked && parameter !== 0xFFFF_FFFF) continue;
      parts.push(payload);
      if (type !== MESSAGES.dataEnd) continue;
      this.#delivered = 1;
      return concat(parts);
    }
  }

  close(reason?: Error): void {
    this.#main.close(reason);
    this.#second.close();
  }
}

/** The next message of one of these types. @throws {Error} with the instrument's words, if it is an error. */
async function expect(
  connection: ByteConnection,
  types: readonly number[],
  options?: ReadOptions,
): Promise<HislipMessage> {
  for (;;) {
    const message = await readHislip(connection, options);
    if (types.includes(message.type)) return message;
    if (message.type === MESSAGES.fatalError || message.type === MESSAGES.error) {
      throw new Error(new TextDecoder().decode(message.payload) || `error ${message.control}`);
    }
    if (message.type !== MESSAGES.interrupted) throw new Error(`it sent a message of type ${message.type}`);
  }
}
