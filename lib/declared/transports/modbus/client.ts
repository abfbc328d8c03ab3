/**
 * The connection with the units of one gateway or line: requests of `modbus-serial` over a {@linkcode ModbusPort}.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import modbusSerial from "modbus-serial";
import { LabError, messageOf } from "../../../errors.ts";
import type { Span } from "./joins.ts";
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

/** Where a client connects to. */
export interface ModbusAddress {
  host: string;
  port: number;
  framing: Framing;
  /** The limit of a request, in milliseconds. */
  timeoutMs: number;
}

/** The time without traffic after which the kernel checks that the peer is there, in milliseconds. */
const KEEP_ALIVE_MS = 10_000;

/** One connection. One request at a time; see `share()`. */
export class ModbusClient {
  readonly #modbus: Modbus;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #where: string;
  /** Rejects when the connection has ended. */
  readonly #lost: Promise<never>;
  #isOpen = true;

  private constructor(socket: Socket, { host, port, framing, timeoutMs }: ModbusAddress) {
    this.#socket = socket;
    this.#where = `${host}:${port}`;
    this.#timeoutMs = timeoutMs;
    const lost = Promise.withResolvers<never>();
    this.#lost = lost.promise;
    this.#lost.catch(() => {});
    let reason = "the connection was closed";
    socket.on("error", (error) => reason = messageOf(error));
    socket.on("close", () => {
      this.#isOpen = false;
      lost.reject(new LabError("DriverError", `The connection with ${this.#where} is lost: ${reason}`));
    });
    this.#modbus = new ModbusRTU(new ModbusPort(socket, framing));
    this.#modbus.setTimeout(timeoutMs);
    this.#modbus.open(() => {});
  }

  /**
   * Connects.
   *
   * @throws {LabError} `DriverError`, if it cannot connect.
   */
  static async connect(address: ModbusAddress, signal: AbortSignal): Promise<ModbusClient> {
    const { host, port } = address;
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    socket.once("connect", resolve).once("error", reject);
    try {
      await promise;
      return new ModbusClient(socket, address);
    } catch (cause) {
      socket.on("error", () => {}).destroy();
      signal.throwIfAborted();
      const message = `Cannot connect to ${host}:${port}: ${messageOf(cause)}`;
      throw new LabError("DriverError", message, { cause });
    } finally {
      signal.removeEventListener("abort", abort);
      socket.off("connect", resolve).off("error", reject);
    }
  }

  /** False once the connection has ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Reads a span: two bytes for each register, or one byte, 0 or 1, for each bit.
   *
   * @throws {ModbusRefusal} if the unit refuses it; {@linkcode LabError} for all else.
   */
  async read(unit: number, { table, start, count }: Span): Promise<Uint8Array> {
    const what = `read ${count} ${table}${count === 1 ? "" : "s"} from ${start}`;
    if (table === "coil" || table === "discrete") {
      const { data } = await this.#request(
        unit,
        what,
        (modbus) => table === "coil" ? modbus.readCoils(start, count) : modbus.readDiscreteInputs(start, count),
      );
      return Uint8Array.from(data.slice(0, count), Number);
    }
    const { buffer } = await this.#request(
      unit,
      what,
      (modbus) =>
        table === "input" ? modbus.readInputRegisters(start, count) : modbus.readHoldingRegisters(start, count),
    );
    return new Uint8Array(buffer);
  }

  /** Switches a coil. It throws as {@linkcode read} does. */
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

  close(): void {
    this.#isOpen = false;
    // It also ends the timers of requests.
    this.#modbus.destroy(() => {});
  }

  async #request<Result>(
    unit: number,
    what: string,
    ask: (modbus: Modbus) => Promise<Result>,
  ): Promise<Result> {
    this.#modbus.setID(unit);
    try {
      return await Promise.race([ask(this.#modbus), this.#lost]);
    } catch (error) {
      if (error instanceof LabError) throw error;
      const { modbusCode, errno } = error as { modbusCode?: number; errno?: string };
      if (modbusCode !== undefined) throw new ModbusRefusal(modbusCode);
      const found = errno === "ETIMEDOUT" ? `it has not answered within ${this.#timeoutMs} ms` : messageOf(error);
      throw new LabError("DriverError", `Cannot ${what} of unit ${unit} at ${this.#where}: ${found}`, {
        type: errno === "ETIMEDOUT" ? "ModbusTimeout" : undefined,
        cause: error,
      });
    }
  }
}
