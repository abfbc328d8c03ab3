import { connectSerial } from "../../driver/connection/connect_serial.ts";
import { connectTcp } from "../../driver/connection/connect_tcp.ts";
import type { SerialSettings } from "../../driver/connection/serial_relay.ts";
import { LabError } from "../../errors.ts";
import { ModbusClient, ModbusRefusal } from "../../declared/transports/modbus/client.ts";
import type { Framing } from "../../declared/transports/modbus/port.ts";

/** The range of a scan. */
export interface ModbusScan {
  /** The gateway, or the serial port with its settings. */
  bus: { host: string; port: number } | { serial: SerialSettings };
  /** The addresses of units to ask. */
  units: readonly number[];
  framing: Framing;
  /** The limit of each unit: an absent one takes all of it, in milliseconds. */
  timeoutMs: number;
}

/**
 * Yields each unit that answers a read of its first holding register, also by a refusal.
 *
 * @throws {LabError} `DriverError`, if the bus cannot be reached, is in use, or the connection is lost.
 */
export async function* modbusUnits(
  { bus, units, framing, timeoutMs }: ModbusScan,
  signal: AbortSignal,
): AsyncGenerator<number> {
  const client = await connect(bus, { framing, timeoutMs }, signal);
  try {
    for (const unit of units) {
      signal.throwIfAborted();
      const answers = await client.read(unit, { table: "holding", start: 0, count: 1 }).then(() => true, (error) => {
        if (error instanceof ModbusRefusal) return !error.isOfGateway;
        if (error instanceof LabError && error.type === "ModbusTimeout") return false;
        throw error;
      });
      if (answers) yield unit;
    }
  } finally {
    await client.close();
  }
}

async function connect(
  bus: ModbusScan["bus"],
  options: Pick<ModbusScan, "framing" | "timeoutMs">,
  signal: AbortSignal,
): Promise<ModbusClient> {
  if ("host" in bus) {
    return new ModbusClient(await connectTcp({ hostname: bus.host, port: bus.port, signal }), options);
  }
  const port = await connectSerial({ ...bus.serial, signal });
  return new ModbusClient(port, { ...options, released: port.released });
}
