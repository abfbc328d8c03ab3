import { delay } from "../../async/mod.ts";
import { crc16 } from "../../declared/transports/modbus/port.ts";
import { writeAll } from "../../async/write_all.ts";
import { FakeServer } from "./fake_server.ts";

/** The content of one unit: bits and 16-bit registers by their numbers. What is missing does not exist. */
export interface ModbusUnit {
  coil?: Record<number, boolean>;
  discrete?: Record<number, boolean>;
  input?: Record<number, number>;
  holding?: Record<number, number>;
}

/** The options of {@linkcode fakeModbus}. */
export interface FakeModbusOptions {
  /** The units by their addresses. Others do not answer. */
  units?: Record<number, ModbusUnit>;
  /**
   * The frames: of Modbus TCP, or of RTU over TCP.
   *
   * @default {"tcp"}
   */
  framing?: "tcp" | "rtu";
}

/**
 * A fake gateway with Modbus units behind it, on a free port of this machine. A test sets registers, delays and garbles
 * answers, drops the connections, and restores them.
 *
 * @example
 * ```ts
 * import { fakeModbus } from "labdaemon/testing";
 *
 * await using chiller = fakeModbus({ units: { 1: { input: { 5: 213 }, holding: { 10: 200 } } } });
 * chiller.units[1].input![5] = 214;
 * console.assert(chiller.port > 0 && chiller.requests.length === 0);
 * ```
 */
export function fakeModbus(options: FakeModbusOptions = {}): FakeModbus {
  return new FakeModbus(options);
}

/** One request as the fake understood it. */
export interface ModbusRequest {
  unit: number;
  /** The code of the function: 3 reads holding registers. */
  code: number;
  start: number;
  /** The number of registers or bits; of a write of one, its value. */
  count: number;
}

/**
 * A gateway scripted by a test. Made by {@linkcode fakeModbus}.
 *
 * @example
 * ```ts
 * import { fakeModbus } from "labdaemon/testing";
 *
 * await using chiller = fakeModbus({ units: { 1: { holding: { 10: 200 } }, 2: {} } });
 * chiller.accepts = ({ holding }) => holding![10] <= 400;
 * delete chiller.units[2];
 * console.assert(Object.keys(chiller.units).join() === "1");
 * ```
 */
export class FakeModbus extends FakeServer {
  /** The units. Change their registers at any time; a unit that is deleted does not answer. */
  units: Record<number, ModbusUnit>;
  /** Every request, in order. */
  readonly requests: ModbusRequest[] = [];
  /** The delay before each answer, in milliseconds. */
  delayMs = 0;
  /** Changes the bytes of each answer. An empty result drops the answer; several results are sent one by one. */
  garble: ((answer: Uint8Array) => Uint8Array | Uint8Array[]) | undefined;
  /** False for registers that a unit does not take: a write that leads to them is undone and refused (exception 3). */
  accepts: ((unit: ModbusUnit) => boolean) | undefined;
  readonly #isTcp: boolean;

  constructor({ units = {}, framing = "tcp" }: FakeModbusOptions = {}) {
    super();
    this.units = units;
    this.#isTcp = framing === "tcp";
  }

  protected override async serve(connection: Deno.TcpConn, dropped: AbortSignal): Promise<void> {
    let waiting = new Uint8Array();
    for await (const bytes of connection.readable) {
      waiting = Uint8Array.of(...waiting, ...bytes);
      for (;;) {
        const length = this.#isTcp ? tcpLength(waiting) : rtuLength(waiting);
        if (waiting.length < length) break;
        const answer = this.#isTcp
          ? this.#answerTcp(waiting.slice(0, length))
          : this.#answerRtu(waiting.slice(0, length));
        waiting = waiting.slice(length);
        if (answer) await this.#send(connection, answer, dropped);
      }
    }
  }

  async #send(connection: Deno.TcpConn, answer: Uint8Array, dropped: AbortSignal): Promise<void> {
    if (this.delayMs > 0) await delay(this.delayMs, { signal: dropped });
    const garbled = this.garble ? this.garble(answer) : answer;
    for (const part of Array.isArray(garbled) ? garbled : [garbled]) await writeAll(connection, part);
  }

  #answerTcp(frame: Uint8Array): Uint8Array | undefined {
    const answer = this.#answer(frame[6], frame.subarray(7));
    if (!answer) return;
    const length = answer.length + 1;
    return Uint8Array.of(frame[0], frame[1], 0, 0, length >> 8, length & 0xff, frame[6], ...answer);
  }

  #answerRtu(frame: Uint8Array): Uint8Array | undefined {
    const body = frame.subarray(0, -2);
    if (crc16(body) !== frame[frame.length - 2] + 256 * frame[frame.length - 1]) return;
    const answer = this.#answer(body[0], body.subarray(1));
    if (!answer) return;
    const sum = crc16(Uint8Array.of(body[0], ...answer));
    return Uint8Array.of(body[0], ...answer, sum & 0xff, sum >> 8);
  }

  /** The answer to a request without the address of its unit. */
  #answer(address: number, request: Uint8Array): Uint8Array | undefined {
    const view = new DataView(request.buffer, request.byteOffset, request.length);
    const [code] = request;
    const start = view.getUint16(1);
    const count = view.getUint16(3);
    this.requests.push({ unit: address, code, start, count });
    const unit = this.units[address];
    if (!unit) return;
    const before = { coil: { ...unit.coil }, holding: { ...unit.holding } };
    try {
      const answer = Uint8Array.from(execute(unit, code, start, count, request));
      if (this.accepts?.(unit) ?? true) return answer;
      Object.assign(unit.coil ?? {}, before.coil);
      Object.assign(unit.holding ?? {}, before.holding);
      throw 3;
    } catch (refusal) {
      if (typeof refusal !== "number") throw refusal;
      return Uint8Array.of(code | 0x80, refusal);
    }
  }
}

/** @throws {number} the code of a refusal. */
function execute(unit: ModbusUnit, code: number, start: number, count: number, request: Uint8Array): number[] {
  const words = (index: number) => request[6 + 2 * index] * 256 + request[7 + 2 * index];
  const echo = [...request.subarray(0, 5)];
  const numbers = Array.from({ length: count }, (_, index) => start + index);
  switch (code) {
    case 1:
    case 2: {
      const bits = numbers.map((number) => existing(code === 1 ? unit.coil : unit.discrete, number));
      const bytes = Array.from(
        { length: Math.ceil(count / 8) },
        (_, byte) => bits.slice(8 * byte, 8 * byte + 8).reduce((sum, bit, index) => sum | (Number(bit) << index), 0),
      );
      return [code, bytes.length, ...bytes];
    }
    case 3:
    case 4: {
      if (count > 125) throw 3;
      const registers = numbers.map((number) => existing(code === 3 ? unit.holding : unit.input, number));
      return [code, 2 * count, ...registers.flatMap((word) => [word >> 8 & 0xff, word & 0xff])];
    }
    case 5:
      existing(unit.coil, start);
      unit.coil![start] = count === 0xff00;
      return echo;
    case 6:
      existing(unit.holding, start);
      unit.holding![start] = count;
      return echo;
    case 16:
      for (const number of numbers) existing(unit.holding, number);
      numbers.forEach((number, index) => unit.holding![number] = words(index));
      return echo;
    default:
      throw 1;
  }
}

function existing<Value>(table: Record<number, Value> = {}, number: number): Value {
  if (table[number] === undefined) throw 2;
  return table[number];
}

function tcpLength(bytes: Uint8Array): number {
  return bytes.length < 6 ? 6 : 6 + bytes[4] * 256 + bytes[5];
}

/** The length of an RTU request: a write of several has its bytes behind it. */
function rtuLength(bytes: Uint8Array): number {
  return bytes[1] === 15 || bytes[1] === 16 ? 9 + (bytes[6] ?? 0) : 8;
}
