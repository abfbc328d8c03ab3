import { serialRelaysEnded } from "../../driver/connection/connect_serial.ts";
import { LabError } from "../../errors.ts";
import type { Instrument } from "../conformance/driver_under_test.ts";

const PROGRAM = new URL("./fake_serial_port.py", import.meta.url);

/**
 * Makes a serial port without hardware, which leads to a fake instrument. It is gone when it is disposed. Needs `python3`, as
 * serial ports do; Linux only.
 *
 * @example
 * ```ts
 * import { connectSerial, openLines } from "labdaemon/driver";
 * import { fakeInstrument, fakeSerialPort } from "labdaemon/testing";
 *
 * await using scale = fakeInstrument({ answers: { "W": "12.5 g" } });
 * await using port = await fakeSerialPort(scale);
 *
 * const bytes = await connectSerial({ path: port.path });
 * const connection = await openLines(bytes);
 * console.assert(await connection.query("W") === "12.5 g");
 * connection.close();
 * await bytes.released;
 * ```
 *
 * @throws {LabError} `Unavailable`, if the machine has no `python3`, or no pseudo terminals.
 */
export async function fakeSerialPort({ host, port }: { host: string; port: number }): Promise<FakeSerialPort> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-serial-" });
  const made = new FakeSerialPort(folder, { host, port });
  try {
    await made.restore();
    return made;
  } catch (error) {
    await made[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A serial port that a test unplugs and plugs in. Made by {@linkcode fakeSerialPort}.
 *
 * @example
 * ```ts
 * import { connectSerial } from "labdaemon/driver";
 * import { fakeInstrument, fakeSerialPort } from "labdaemon/testing";
 *
 * await using scale = fakeInstrument({ answers: { "W": "12.5 g" } });
 * await using port = await fakeSerialPort(scale);
 *
 * const connection = await connectSerial({ path: port.path });
 * await port.drop();
 * const error = await connection.lost;
 * console.assert(!connection.isOpen && error.message.includes(port.path));
 * await connection.released;
 * ```
 */
export class FakeSerialPort implements Instrument, AsyncDisposable {
  /** The name of the port, for the driver. */
  readonly path: string;
  readonly #folder: string;
  readonly #peer: { host: string; port: number };
  #relay: Deno.ChildProcess | undefined;

  /** Called by {@linkcode fakeSerialPort}. */
  constructor(folder: string, peer: { host: string; port: number }) {
    this.#folder = folder;
    this.path = `${folder}/port`;
    this.#peer = peer;
  }

  /** Unplugs the port: it is gone, and programs that have it open get an error. */
  async drop(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    await relay?.stdin.close().catch(() => {});
    await relay?.status;
  }

  /** Plugs it in again, under the same name. */
  async restore(): Promise<void> {
    if (this.#relay) return;
    const { host, port } = this.#peer;
    const args = [decodeURIComponent(PROGRAM.pathname), this.path, host, `${port}`];
    try {
      const relay = new Deno.Command("python3", { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
      this.#relay = relay;
      const reader = relay.stdout.getReader();
      const { done } = await reader.read();
      await reader.cancel();
      if (!done) return;
    } catch (cause) {
      throw unavailable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    await this.drop();
    throw unavailable("its program has ended at once", undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
    // A driver does not wait for the program that had its port open: without this, it would be a leak of the test.
    await serialRelaysEnded(this.path);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function unavailable(reason: string, cause: unknown): LabError {
  return new LabError("Unavailable", `Cannot make a serial port: ${reason}; it needs python3 and Linux`, { cause });
}
