/**
 * A device of the transport `modbus`: one unit, on a connection that it shares with the units beside it.
 *
 * @module
 */
import { delay } from "../../../async/mod.ts";
import { connectSerial } from "../../../driver/connection/connect_serial.ts";
import { connectTcp } from "../../../driver/connection/connect_tcp.ts";
import { share } from "../../../driver/share.ts";
import { LabError, messageOf } from "../../../errors.ts";
import type { Addressed, DeclaredInstrument, Raw, Reading, Readings, TransportSession } from "../../transport.ts";
import {
  type Address,
  type commandSchema,
  type Keys,
  type ModbusParams,
  placeOf,
  type TablePlace,
} from "./addresses.ts";
import { ModbusClient, ModbusRefusal } from "./client.ts";
import { type Join, joinSpans } from "./joins.ts";
import { decodeRegisters, encodeRegisters } from "./registers.ts";
import type { z } from "zod";

type Command = z.output<typeof commandSchema>;

/** The time until which the answer to a timed-out request may still come, by connection and unit. */
const lateUntil = new Map<string, number>();

/** The name of the connection that all units behind a gateway, or on a line, share. */
function shareKey({ host, port, serial }: ModbusParams): string {
  return serial === undefined ? `tcp:${host}:${port}` : `serial:${serial}`;
}

async function connect(params: ModbusParams, signal: AbortSignal): Promise<ModbusClient> {
  const { host, port, serial, framing, baud, bits, parity, stop } = params;
  const timeoutMs = params.timeout * 1000;
  if (serial === undefined) {
    return new ModbusClient(await connectTcp({ hostname: host!, port, signal }), { framing, timeoutMs });
  }
  const line = await connectSerial({ path: serial, baud, bits, parity, stop, signal });
  return new ModbusClient(line, { framing: "rtu", timeoutMs, released: line.released });
}

/** Opens the connection, or joins the devices that share it, and checks that the unit answers. */
export async function openModbus(
  { params, keys, values, settings }: DeclaredInstrument<ModbusParams, Keys, Address, Address>,
  signal: AbortSignal,
): Promise<TransportSession<Address, Address, Command>> {
  const session = new ModbusSession(params, keys);
  try {
    const [first] = [...values, ...settings];
    if (first) await session.read(values.length > 0 ? values : [first], signal);
    else await session.connect(signal);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

class ModbusSession implements TransportSession<Address, Address, Command> {
  readonly #keys: Keys;
  readonly #unit: number;
  readonly #place: string;
  readonly #isRtu: boolean;
  /** RTU answers have no number, so after a timeout the next request waits this long for a late answer to pass. */
  readonly #lateMs: number;
  readonly #bus;
  /** The values that are read alone, because the unit refused a request that joined them with others. */
  readonly #alone = new Set<string>();

  constructor(params: ModbusParams, keys: Keys) {
    this.#keys = keys;
    this.#unit = params.unit;
    this.#lateMs = params.late * 1000;
    this.#isRtu = params.framing === "rtu" || params.serial !== undefined;
    const key = shareKey(params);
    this.#place = `${key} ${params.unit}`;
    this.#bus = share(
      `modbus ${key}`,
      (signal) => connect(params, signal),
      (client) => client.close(),
      { lost: ({ lost }) => lost, pauseMs: params.pause * 1000 },
    );
  }

  connect(signal: AbortSignal): Promise<void> {
    return this.#bus.connect(signal);
  }

  async read(values: readonly Addressed<Address>[], signal: AbortSignal): Promise<Readings> {
    const found: Record<string, Reading> = {};
    const places = values.map(({ address }) => placeOf(address, this.#keys));
    for (const join of this.#joins(values, places)) {
      const inJoin = join.of.map((index) => ({ name: values[index].name, place: places[index] }));
      try {
        const bytes = await this.#use((client) => client.read(this.#unit, join), signal);
        for (const { name, place } of inJoin) found[name] = readingIn(bytes, join, place);
      } catch (error) {
        if (!(error instanceof ModbusRefusal) || error.isOfGateway) throw this.#named(error);
        for (const { name, place } of inJoin) {
          found[name] = inJoin.length === 1 ? { quality: error.message } : await this.#readAlone(name, place, signal);
        }
      }
    }
    return found;
  }

  get({ address }: Addressed<Address>, signal: AbortSignal): Promise<Reading> {
    return this.#readOne(placeOf(address, this.#keys), signal);
  }

  async set({ name, address }: Addressed<Address>, raw: Raw, signal: AbortSignal): Promise<void> {
    await this.#write(`"${name}"`, placeOf(address, this.#keys), raw, signal);
  }

  async command({ value, ...address }: Command, signal: AbortSignal): Promise<void> {
    const place = placeOf(address, this.#keys);
    await this.#write(`${place.table} ${place.start}`, place, value, signal);
  }

  async probe({ address }: Addressed<Address>, signal: AbortSignal): Promise<void> {
    await this.#readOne(placeOf(address, this.#keys), signal);
  }

  async close(): Promise<void> {
    await this.#bus.disconnect();
  }

  /** The requests of values: those that are read alone are not joined. */
  #joins(values: readonly Addressed<Address>[], places: readonly TablePlace[]): Join[] {
    const isAlone = (index: number) => this.#alone.has(values[index].name);
    const indexes = places.map((_, index) => index);
    const together = indexes.filter((index) => !isAlone(index));
    const joins = joinSpans(together.map((index) => places[index]), this.#keys.max_registers)
      .map((join) => ({ ...join, of: join.of.map((index) => together[index]) }));
    return [...joins, ...indexes.filter(isAlone).map((index) => ({ ...places[index], of: [index] }))];
  }

  /** Reads a value of a refused join alone, now and later. */
  #readAlone(name: string, place: TablePlace, signal: AbortSignal): Promise<Reading> {
    this.#alone.add(name);
    return this.#readOne(place, signal);
  }

  async #readOne(place: TablePlace, signal: AbortSignal): Promise<Reading> {
    try {
      const bytes = await this.#use((client) => client.read(this.#unit, place), signal);
      return readingIn(bytes, place, place);
    } catch (error) {
      if (!(error instanceof ModbusRefusal) || error.isOfGateway) throw this.#named(error);
      return { quality: error.message };
    }
  }

  async #write(what: string, place: TablePlace, raw: Raw, signal: AbortSignal): Promise<void> {
    const { table, start, bit } = place;
    const attempt = `Cannot write ${what} of unit ${this.#unit}`;
    if (table !== "coil" && table !== "holding") throw new LabError("DriverError", `${attempt}: it is read only`);
    try {
      if (table === "coil") {
        return await this.#use((client) => client.writeCoil(this.#unit, start, Boolean(raw)), signal);
      }
      const isSingle = this.#keys.write === "single";
      if (bit === undefined) {
        const bytes = encodeRegisters(scalar(raw), place, place.count);
        return await this.#use((client) => client.writeRegisters(this.#unit, start, bytes, isSingle), signal);
      }
      // In one turn: no other device of this bus writes between the two requests.
      await this.#use(async (client) => {
        const word = wordOf(await client.read(this.#unit, place), place);
        const changed = raw ? word | (1 << bit) : word & ~(1 << bit);
        await client.writeRegisters(this.#unit, start, encodeRegisters(changed & 0xffff, place), isSingle);
      }, signal);
    } catch (error) {
      if (!(error instanceof ModbusRefusal || error instanceof RangeError)) throw error;
      throw new LabError("DriverError", `${attempt}: ${error.message}`, { cause: error });
    }
  }

  /** One turn on the connection. After a timeout of an RTU unit, it first waits until no late answer can come. */
  async #use<Result>(work: (client: ModbusClient) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const late = (lateUntil.get(this.#place) ?? 0) - performance.now();
    if (late > 0) await delay(late, { signal });
    lateUntil.delete(this.#place);
    try {
      return await this.#bus.use(work, signal);
    } catch (error) {
      if (this.#isRtu && (error as { type?: string }).type === "ModbusTimeout") {
        lateUntil.set(this.#place, performance.now() + this.#lateMs);
      }
      throw error;
    }
  }

  #named(error: unknown): unknown {
    if (!(error instanceof ModbusRefusal)) return error;
    return new LabError("DriverError", `Cannot read unit ${this.#unit}: ${messageOf(error)}`, { cause: error });
  }
}

/** The value at a place, in the bytes of a request that covers it. */
function readingIn(bytes: Uint8Array, from: { start: number }, place: TablePlace): Reading {
  const offset = place.start - from.start;
  if (place.table === "coil" || place.table === "discrete") return { raw: bytes[offset] === 1 };
  const own = bytes.subarray(2 * offset, 2 * (offset + place.count));
  if (place.bit !== undefined) return { raw: (wordOf(own, place) >> place.bit & 1) === 1 };
  const raw = decodeRegisters(own, place);
  return typeof raw === "number" && !Number.isFinite(raw) ? { quality: `the register holds ${raw}` } : { raw };
}

function wordOf(bytes: Uint8Array, place: TablePlace): number {
  return Number(decodeRegisters(bytes, { ...place, type: "uint16" }));
}

function scalar(raw: Raw): number | bigint | string {
  if (typeof raw === "boolean") return Number(raw);
  if (typeof raw === "object") throw new RangeError("expected one value, found a list");
  return raw;
}
