import type { Instrument } from "../testing/conformance/driver_under_test.ts";
import { fakeSerialPort } from "../testing/fakes/fake_serial_port.ts";

/** Params that lead to a fake instrument. */
interface Addressed extends AsyncDisposable {
  params: Record<string, unknown>;
  /** The instrument, or the port that leads to it: it can be dropped and restored. */
  instrument: Instrument;
}

/** Stands for a part of the address in a text of the params. */
const PLACE = /\{(host|port|serial_port)\}/g;

/**
 * Fills the address of a fake instrument into params: `{host}`, `{port}` and `{serial_port}` in their texts. Without any of
 * them, the address goes into the params `host` and `port`, if they are not given.
 */
export async function addressed(
  params: Record<string, unknown>,
  instrument: Instrument & { host: string; port: number },
): Promise<Addressed> {
  const { host, port } = instrument;
  const places = new Set(JSON.stringify(params).match(PLACE));
  const serial = places.has("{serial_port}") ? await fakeSerialPort(instrument) : undefined;
  const values = { host, port, serial_port: serial?.path };
  return {
    params: places.size > 0 ? filled(params, values) as Record<string, unknown> : { host, port, ...params },
    instrument: serial ?? instrument,
    [Symbol.asyncDispose]: async () => await serial?.[Symbol.asyncDispose](),
  };
}

function filled(value: unknown, values: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((it) => filled(it, values));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, filled(it, values)]));
  }
  if (typeof value !== "string") return value;
  // A port alone is a number.
  if (value === "{port}") return values.port;
  return value.replace(PLACE, (_, name) => String(values[name]));
}
