import { connectTcp } from "../../driver/connection/connect_tcp.ts";
import { LabError } from "../../errors.ts";
import { ModbusClient, ModbusRefusal } from "../../declared/transports/modbus/client.ts";
import type { Framing } from "../../declared/transports/modbus/port.ts";

/** What is to be scanned. */
export interface ModbusScan {
  host: string;
  port: number;
  /** The addresses of units to ask. */
  units: readonly number[];
  framing: Framing;
  /** The limit of each unit: an absent one takes all of it, in milliseconds. */
  timeoutMs: number;
}

/**
 * Yields each unit that answers a read of its first holding register, also by a refusal.
 *
 * @throws {LabError} `DriverError`, if the gateway cannot be reached or the connection is lost.
 */
export async function* modbusUnits(
  { host, port, units, framing, timeoutMs }: ModbusScan,
  signal: AbortSignal,
): AsyncGenerator<number> {
  const client = new ModbusClient(await connectTcp({ hostname: host, port, signal }), { framing, timeoutMs });
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
