/**
 * The schema of a bus in the bench file: its keys become params of the devices on it.
 *
 * @module
 */
import { z } from "zod";
import * as values from "./values.ts";

/** The params that a bus gives to its devices. A device gets those whose names its driver declares. */
export type BusParams = Record<string, unknown>;

const address = z.custom<string>(
  (value) => typeof value === "string" && addressOf(value) !== undefined,
  'a host and a port, such as "192.168.1.40:502"',
).transform((value) => addressOf(value)!);

const speed = z.custom<number>(
  (value) => Number.isInteger(value) && Number(value) > 0,
  "a whole number above 0, such as 19200",
);

const oneOf = <const Values extends readonly (string | number)[]>(...all: Values) =>
  z.literal(all, { error: `one of ${all.join(", ")}` });

/** The keys of a bus. */
export const busKeys = {
  tcp: address.optional(),
  serial: values.serialPort.optional(),
  baud: speed.optional(),
  bits: oneOf(5, 6, 7, 8).optional(),
  parity: oneOf("none", "even", "odd").optional(),
  stop: oneOf(1, 2).optional(),
  pause: values.duration.optional(),
  params: values.driverInput.optional(),
};

/** `tcp` as `host` and `port`, `pause` in seconds, and all others under their names. */
export function busParams({ tcp, pause, params, ...serial }: z.output<z.ZodObject<typeof busKeys>>): BusParams {
  const given = { ...tcp, ...serial, ...pause !== undefined && { pause: pause / 1000 }, ...params };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function addressOf(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^([\w.-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
