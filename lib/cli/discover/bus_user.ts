import { lookup } from "node:dns/promises";
import type { DeviceStatus } from "../../wire/device.ts";

/** A Modbus bus: a gateway, or a serial port. */
export type Bus = { host: string; port: number } | { serial: string };

/**
 * The device that uses a bus. Hosts are compared by their addresses, under whatever name, and serial ports by the
 * device files that their names lead to.
 */
export async function busUser(bus: Bus, devices: readonly DeviceStatus[]): Promise<DeviceStatus | undefined> {
  const own = await addressesOf(bus);
  for (const device of devices) {
    const { host, port = 502, serial } = device.params;
    const isHost = typeof host === "string" && "port" in bus && bus.port === port;
    const other = isHost ? { host, port: bus.port } : typeof serial === "string" ? { serial } : undefined;
    if (other && (await addressesOf(other)).some((address) => own.includes(address))) return device;
  }
}

/** The addresses of a host, or the device file of a serial port; a name that cannot be resolved stands for itself. */
async function addressesOf(bus: Bus): Promise<string[]> {
  if ("serial" in bus) return [await Deno.realPath(bus.serial).catch(() => bus.serial)];
  const found = await lookup(bus.host, { all: true }).catch(() => []);
  return [bus.host, ...found.map(({ address }) => address)];
}
