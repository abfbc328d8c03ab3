/**
 * The frames of Modbus on a byte stream: the client of `modbus-serial` gives and takes RTU frames with their checksums.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { Buffer } from "node:buffer";
import type { ByteConnection } from "../../../driver/connection/byte_connection.ts";

/** The frames on the line: with the header of Modbus TCP, or with the address and checksum of RTU. */
export type Framing = "tcp" | "rtu";

/** The header of Modbus TCP without the unit: transaction, protocol, length. */
const HEADER_BYTES = 6;

/** The longest body of Modbus TCP: the unit and the longest request. */
const MAX_BODY_BYTES = 254;

/** A refusal: unit, function, code, checksum. */
const REFUSAL_BYTES = 5;

/** More bytes that are no answer are dropped, the oldest first. */
const MAX_WAITING_BYTES = 1024;

/** Transactions are numbered modulo this: a late answer is recognized among as many requests. */
const TRANSACTIONS = 256;

/** The request that waits for its answer. */
interface Pending {
  transaction: number;
  unit: number;
  code: number;
  /** The length of its RTU answer. */
  length: number;
}

/**
 * A port for `modbus-serial`, on an open connection. It passes on only the answer to the last request; other bytes
 * (unasked, late, damaged) are dropped. The owner of the connection handles its end.
 */
export class ModbusPort extends EventEmitter {
  // `modbus-serial` reads and writes these two names.
  _transactionIdWrite = 1;
  _transactionIdRead = 0;
  readonly #connection: ByteConnection;
  readonly #framing: Framing;
  #waiting: Uint8Array = new Uint8Array();
  #pending: Pending | undefined;

  constructor(connection: ByteConnection, framing: Framing) {
    super();
    this.#connection = connection;
    this.#framing = framing;
    this.#receiveAll();
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  open(callback: () => void): void {
    callback();
  }

  close(callback?: () => void): void {
    this.destroy(callback);
  }

  destroy(callback?: () => void): void {
    this.#connection.close();
    callback?.();
  }

  write(request: Buffer): void {
    const transaction = this._transactionIdWrite;
    this._transactionIdWrite = (transaction + 1) % TRANSACTIONS;
    const [unit, code] = request;
    this.#pending = { transaction, unit, code, length: answerLength(request) };
    if (this.#framing === "rtu") {
      // RTU answers have no number: bytes from before the request are dropped.
      this.#waiting = new Uint8Array();
      this.#send(request);
      return;
    }
    const body = request.subarray(0, -2);
    const frame = new Uint8Array(HEADER_BYTES + body.length);
    new DataView(frame.buffer).setUint16(0, transaction);
    new DataView(frame.buffer).setUint16(4, body.length);
    frame.set(body, HEADER_BYTES);
    this.#send(frame);
  }

  #send(frame: Uint8Array): void {
    // A connection that breaks ends the request.
    this.#connection.write(frame).catch(() => {});
  }

  async #receiveAll(): Promise<void> {
    try {
      for await (const bytes of this.#connection.chunks(undefined, { silenceMs: Infinity })) this.#receive(bytes);
    } catch {
      // The connection has ended.
    }
  }

  #receive(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#waiting.length + bytes.length);
    all.set(this.#waiting);
    all.set(bytes, this.#waiting.length);
    this.#waiting = all;
    if (this.#framing === "tcp") this.#readTcp();
    else this.#readRtu();
  }

  #readTcp(): void {
    while (this.#waiting.length >= HEADER_BYTES) {
      const header = new DataView(this.#waiting.buffer, this.#waiting.byteOffset);
      const length = header.getUint16(4);
      if (header.getUint16(2) !== 0 || length < 3 || length > MAX_BODY_BYTES) {
        const start = [...this.#waiting.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        this.#connection.close(new Error(`expected a frame of Modbus TCP, found the bytes ${start}`));
        return;
      }
      if (this.#waiting.length < HEADER_BYTES + length) return;
      const transaction = header.getUint16(0);
      const body = this.#waiting.slice(HEADER_BYTES, HEADER_BYTES + length);
      this.#waiting = this.#waiting.slice(HEADER_BYTES + length);
      if (transaction === this.#pending?.transaction) this.#answer(withChecksum(body));
    }
  }

  #readRtu(): void {
    const { unit, code, length } = this.#pending ?? { unit: -1, code: -1, length: Infinity };
    for (let start = 0; start + REFUSAL_BYTES <= this.#waiting.length; start++) {
      if (this.#waiting[start] !== unit) continue;
      const found = this.#waiting[start + 1];
      const size = found === code ? length : found === (code | 0x80) ? REFUSAL_BYTES : Infinity;
      const frame = this.#waiting.slice(start, start + size);
      if (frame.length < size || !hasChecksum(frame)) continue;
      this.#waiting = this.#waiting.slice(start + size);
      this.#answer(frame);
      return;
    }
    this.#waiting = this.#waiting.slice(-MAX_WAITING_BYTES);
  }

  #answer(frame: Uint8Array): void {
    this._transactionIdRead = this.#pending!.transaction;
    this.#pending = undefined;
    this.emit("data", Buffer.from(frame));
  }
}

/** The length of the RTU answer to a request. */
function answerLength(request: Buffer): number {
  const count = request.readUInt16BE(4);
  switch (request[1]) {
    case 1:
    case 2:
      return 5 + Math.ceil(count / 8);
    case 3:
    case 4:
      return 5 + 2 * count;
    default:
      return 8;
  }
}

function withChecksum(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(body.length + 2);
  frame.set(body);
  new DataView(frame.buffer).setUint16(body.length, crc16(body), true);
  return frame;
}

function hasChecksum(frame: Uint8Array): boolean {
  const end = frame.length - 2;
  return frame[end] + 256 * frame[end + 1] === crc16(frame.subarray(0, end));
}

/** The checksum of RTU frames. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
