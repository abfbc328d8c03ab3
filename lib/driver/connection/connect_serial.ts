import { deadline } from "../../async/mod.ts";
import { ByteConnection } from "./byte_connection.ts";
import { type ByteConnectionOptions, DEFAULT_TIMEOUT_MS } from "./byte_options.ts";
import { connectionError } from "./connection_error.ts";
import type { ModemLines, SerialLines, SerialPort } from "./serial_port.ts";
import { type RelayPipe, SerialRelay, type SerialSettings } from "./serial_relay.ts";

/** The options of {@linkcode connectSerial}. */
export interface ConnectSerialOptions extends SerialSettings, Partial<Pick<ByteConnectionOptions, "maxWaitingBytes">> {
  /** Aborts the opening of the port. Has no effect on the open connection. */
  signal?: AbortSignal;
  /**
   * The limit of opening, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
}

/**
 * A connection over a serial port. Made by {@linkcode connectSerial}.
 *
 * @example
 * ```ts
 * import { connectSerial, type SerialConnection } from "labdaemon/driver";
 *
 * // An Arduino restarts when its computer lowers DTR.
 * async function restart(arduino: SerialConnection) {
 *   await arduino.setLines({ dtr: false });
 *   await arduino.setLines({ dtr: true });
 * }
 *
 * // Opens it, restarted.
 * async function open(path: string, signal: AbortSignal): Promise<SerialConnection> {
 *   const arduino = await connectSerial({ path, baud: 115_200, signal });
 *   await restart(arduino);
 *   return arduino;
 * }
 * ```
 */
export class SerialConnection extends ByteConnection {
  /** Outside of a driver's process: resolves when the program that has opened the port has ended, after the close. */
  readonly released: Promise<void>;
  readonly #port: SerialPort;

  /** Called by {@linkcode connectSerial}. */
  constructor(port: SerialPort, { released, ...options }: ByteConnectionOptions & { released: Promise<void> }) {
    super(port, options);
    this.#port = port;
    this.released = released;
  }

  /**
   * Switches lines, once what was written before has been sent: RTS for a half-duplex converter, DTR to restart an Arduino,
   * `brk` for a break.
   *
   * @throws {LabError} `DriverError`, if the port has no such lines, or is closed.
   */
  async setLines(lines: SerialLines): Promise<void> {
    await this.#ask("L", lines, `Cannot switch lines of ${this.peer}`);
  }

  /**
   * Reads the lines that the other side switches.
   *
   * @throws {LabError} As {@linkcode setLines}.
   */
  async modemLines(): Promise<ModemLines> {
    return await this.#ask("M", {}, `Cannot read the lines of ${this.peer}`) as ModemLines;
  }

  async #ask(kind: "L" | "M", request: object, attempt: string): Promise<unknown> {
    try {
      return await this.#port.ask(kind, request);
    } catch (error) {
      throw connectionError(attempt, error);
    }
  }
}

/**
 * Opens a serial port. The driver asks for the permission `serial` with the same path. For lines of text, use
 * `openLines(await connectSerial(…), …)`.
 *
 * The port is opened exclusively. When it is unplugged, the connection is lost at once, and the host connects the device
 * again as soon as the path is there. On the machine it needs `python3`.
 *
 * @example A balance on a serial port
 * ```ts
 * import { connectSerial, defineDriver, type LineConnection, openLines } from "labdaemon/driver";
 * import { z } from "zod";
 *
 * export const driver = defineDriver({
 *   name: "Balance",
 *   params: z.object({ port: z.string().meta({ description: "/dev/serial/by-id/…" }) }),
 *   permissions: ({ port }) => ({ serial: [port] }),
 *   create: ({ port }) => {
 *     let balance: LineConnection;
 *     return {
 *       async connect(signal) {
 *         const bytes = await connectSerial({ path: port, baud: 2400, bits: 7, parity: "even", signal });
 *         balance = await openLines(bytes, { terminator: "\r\n" });
 *       },
 *       disconnect: () => balance?.close(),
 *       read: async () => parseFloat(await balance.query("SI")),
 *     };
 *   },
 * });
 * ```
 *
 * @throws {LabError} `DriverError`, with the system's reason: no such port, in use by another program, a rate that the
 * system has not.
 */
export async function connectSerial(options: ConnectSerialOptions): Promise<SerialConnection> {
  const { path, signal, timeoutMs = DEFAULT_TIMEOUT_MS, maxWaitingBytes } = options;
  const { baud, bits, parity, stop, flow, rts, dtr } = options;
  const attempt = `Cannot open the serial port ${path}`;
  signal?.throwIfAborted();
  let opening: Promise<SerialPort> | undefined;
  try {
    const { relay, ended } = granted ? await grantedRelay(granted, path) : startedRelay(path);
    opening = relay.open({ path, baud, bits, parity, stop, flow, rts, dtr });
    const port = await deadline(opening, timeoutMs, signal).catch(async (error) => {
      await ended;
      throw error;
    });
    return new SerialConnection(port, { peer: path, maxWaitingBytes, released: ended });
  } catch (error) {
    opening?.then((port) => port.close(), () => {});
    signal?.throwIfAborted();
    throw connectionError(attempt, error);
  }
}

/** The ports that the daemon has granted to this process, and the relay that opens them. */
interface GrantedSerial {
  ports: true | readonly string[];
  /** Undefined, if the daemon could not start one. */
  relay: () => Promise<SerialRelay> | undefined;
}

let granted: GrantedSerial | undefined;

/** The file descriptors of a driver's process that lead to its relay and from it. */
export const SERIAL_FDS = { to: 4, from: 5 } as const;

/** The program that opens serial ports, for `python3`. */
export const RELAY_PROGRAM = new URL("./serial_relay.py", import.meta.url);

/**
 * Called once in a driver's process: from then on, ports are opened by the relay that the daemon has started at
 * {@linkcode SERIAL_FDS}.
 *
 * @param ports The granted ports.
 * @param hasRelay False, if the machine has no `python3`.
 */
export function useGrantedSerial(ports: true | readonly string[], hasRelay: boolean): void {
  let relay: Promise<SerialRelay> | undefined;
  const opened = async () => new SerialRelay(await pipeOfDescriptors());
  granted = { ports, relay: () => hasRelay ? relay ??= opened() : undefined };
}

/** A relay, and its end. */
interface RunningRelay {
  relay: SerialRelay;
  ended: Promise<void>;
}

async function grantedRelay({ ports, relay }: GrantedSerial, path: string): Promise<RunningRelay> {
  if (ports !== true && !ports.includes(path)) {
    // The form of Deno's message: the host recognizes it, and adds how to grant the permission.
    throw new Deno.errors.NotCapable(`Requires serial access to ${JSON.stringify(path)}, run again`);
  }
  const found = await relay();
  if (!found) throw new Error("the machine has no python3, which opens serial ports");
  // The relay ends with the process.
  return { relay: found, ended: Promise.resolve() };
}

async function pipeOfDescriptors(): Promise<RelayPipe> {
  // Imported when a port is opened: the modules take 20 ms.
  const { Socket } = await import("node:net");
  const to = new Socket({ fd: SERIAL_FDS.to, readable: false, writable: true });
  const from = new Socket({ fd: SERIAL_FDS.from, readable: true, writable: false });
  // The sockets alone do not keep the process running.
  to.unref();
  from.unref();
  return {
    write: (bytes) => void to.write(bytes),
    listen: (callback) => {
      to.on("error", () => callback(null));
      from.on("error", () => callback(null));
      from.on("data", (bytes: Uint8Array) => callback(bytes));
      from.on("close", () => callback(null));
    },
  };
}

/** The relays that this process has started and that have not ended, with their ports. */
const started = new Map<Promise<void>, string>();

/** Resolves when no relay of a port runs that {@linkcode connectSerial} has started outside of a driver's process. */
export async function serialRelaysEnded(path: string): Promise<void> {
  await Promise.all(Array.from(started).filter(([, of]) => of === path).map(([ended]) => ended));
}

/**
 * A relay for one port outside of a driver's process: in a script, or a test of a driver. The relay ends with its port.
 */
function startedRelay(path: string): RunningRelay {
  const child = new Deno.Command("python3", {
    args: ["-I", "-S", decodeURIComponent(RELAY_PROGRAM.pathname), "true"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const pipe: RelayPipe = {
    write: (bytes) => void writer.write(bytes).catch(() => {}),
    listen: async (callback) => {
      for await (const bytes of child.stdout) callback(bytes);
      callback(null);
    },
  };
  const relay = new SerialRelay(pipe, () => void writer.close().catch(() => {}));
  const ended: Promise<void> = child.status.then(() => void started.delete(ended));
  started.set(ended, path);
  return { relay, ended };
}
