/**
 * The connection with the units of one gateway or line: requests of `modbus-serial` over a {@linkcode ModbusPort}.
 *
 * @module
 */
import modbusSerial from "modbus-serial";
import { abortable } from "../../../async/mod.ts";
import type { ByteConnection } from "../../../driver/connection/byte_connection.ts";
import { LabError, messageOf } from "../../../errors.ts";
import type { TableSpan } from "./joins.ts";
import { type Framing, ModbusPort } from "./port.ts";

/** The package's own class; its types describe another module than Deno imports. */
const ModbusRTU = modbusSerial as unknown as typeof modbusSerial.default;

type Modbus = InstanceType<typeof ModbusRTU>;

/** A refusal by the unit or by the gateway before it. */
export class ModbusRefusal extends Error {
  override readonly name = "ModbusRefusal";
  readonly code: number;

  constructor(code: number) {
    super(REFUSALS[code] ?? `exception ${code}`);
    this.code = code;
  }

  /** True if the unit itself cannot be reached. */
  get isOfGateway(): boolean {
    return this.code === 10 || this.code === 11;
  }
}

/** The exceptions of the protocol. */
const REFUSALS: Record<number, string> = {
  1: "illegal function: the unit does not know this kind of request",
  2: "illegal data address: the unit has no such register",
  3: "illegal data value",
  4: "the unit has failed",
  5: "acknowledged: the unit needs more time",
  6: "the unit is busy",
  7: "negative acknowledge",
  8: "memory parity error",
  10: "the gateway has no path to the unit",
  11: "the unit does not answer the gateway",
};

/** The options of a client. */
export interface ModbusClientOptions {
  framing: Framing;
  /** The limit of a request, in milliseconds. */
  timeoutMs: number;
  /** Resolves when the connection is released after its close. */
  released?: Promise<void>;
}

/** One connection with a Modbus unit or gateway. It takes one request at a time; see `share()`. */
export class ModbusClient {
  readonly #modbus: Modbus;
  readonly #connection: ByteConnection;
  readonly #timeoutMs: number;
  readonly #released: Promise<void> | undefined;
  /** Resolves with the reason when the connection is lost. */
  readonly lost: Promise<LabError>;
  /**
   * Aborts when the connection is lost, for requests: with {@linkcode lost}, each would stay in memory as long as the
   * connection.
   */
  readonly #end = new AbortController();

  constructor(connection: ByteConnection, { framing, timeoutMs, released }: ModbusClientOptions) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#released = released;
    this.lost = connection.lost;
    this.lost.then((reason) => this.#end.abort(reason));
    this.#modbus = new ModbusRTU(new ModbusPort(connection, framing));
    this.#modbus.setTimeout(timeoutMs);
    this.#modbus.open(() => {});
  }

  /** False once the connection has ended. */
  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /**
   * Reads a span: two bytes for each register, or one byte, 0 or 1, for each bit.
   *
   * @throws {ModbusRefusal} if the unit refuses it; {@linkcode LabError} for all else.
   */
  async read(unit: number, { table, start, count }: TableSpan): Promise<Uint8Array> {
    const what = `read ${count} ${table}${count === 1 ? "" : "s"} from ${start}`;
    if (table === "coil" || table === "discrete") {
      const { data } = await this.#request(
        unit,
        what,
        (modbus) => {
          const answer = table === "coil" ? modbus.readCoils(start, count) : modbus.readDiscreteInputs(start, count);
          return withBytes(answer, Math.ceil(count / 8));
        },
      );
      return Uint8Array.from(data.slice(0, count), Number);
    }
    const { buffer } = await this.#request(
      unit,
      what,
      (modbus) => {
        const answer = table === "input"
          ? modbus.readInputRegisters(start, count)
          : modbus.readHoldingRegisters(start, count);
        return withBytes(answer, 2 * count);
      },
    );
    return new Uint8Array(buffer);
  }

  /** Switches a coil. Throws as {@linkcode read} does. */
  async writeCoil(unit: number, address: number, on: boolean): Promise<void> {
    await this.#request(unit, `write coil ${address}`, (modbus) => modbus.writeCoil(address, on));
  }

  /** Writes holding registers, two bytes each. `isSingle`: one register by the function for one. */
  async writeRegisters(unit: number, address: number, bytes: Uint8Array, isSingle: boolean): Promise<void> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const words = Array.from({ length: bytes.length / 2 }, (_, index) => view.getUint16(2 * index));
    const what = `write ${words.length} holding${words.length === 1 ? "" : "s"} from ${address}`;
    await this.#request<unknown>(
      unit,
      what,
      (modbus) =>
        isSingle && words.length === 1
          ? modbus.writeRegister(address, words[0])
          : modbus.writeRegisters(address, words),
    );
  }

  async close(): Promise<void> {
    // It also ends the timers of requests.
    this.#modbus.destroy(() => {});
    await this.#released;
  }

  async #request<Result>(
    unit: number,
    what: string,
    ask: (modbus: Modbus) => Promise<Result>,
  ): Promise<Result> {
    this.#modbus.setID(unit);
    try {
      return await abortable(ask(this.#modbus), this.#end.signal);
    } catch (error) {
      if (error instanceof LabError) throw error;
      const { modbusCode, errno } = error as { modbusCode?: number; errno?: string };
      if (modbusCode !== undefined) throw new ModbusRefusal(modbusCode);
      const found = errno === "ETIMEDOUT"
        ? `it has not answered within ${this.#timeoutMs} ms`
        // A length in the answer that reaches beyond its end.
        : error instanceof RangeError
        ? "its answer has not the length that it names"
        : messageOf(error);
      throw new LabError("DriverError", `Cannot ${what} of unit ${unit} at ${this.#connection.peer}: ${found}`, {
        type: errno === "ETIMEDOUT" ? "ModbusTimeout" : undefined,
        cause: error,
      });
    }
  }
}

/** An answer. Rejects if it does not hold as many bytes of values as were asked for. */
async function withBytes<Answer extends { buffer: Uint8Array }>(
  asked: Promise<Answer>,
  count: number,
): Promise<Answer> {
  const answer = await asked;
  const { length } = answer.buffer;
  if (length === count) return answer;
  throw new Error(`its answer has ${length} bytes of values, expected ${count}`);
}
