import type { AsyncLocalStorage } from "node:async_hooks";
import { asyncContext } from "../../async/context.ts";
import type { Driver } from "../../driver/contract.ts";
import type { LabError } from "../../errors.ts";
import { isYaml } from "./driver_file/load_driver.ts";
import { driverError } from "./driver_error.ts";
import { PROCESS_SEAT } from "../protocol/framing.ts";
import { blockPacket, jsonPacket } from "../protocol/packets.ts";
import type { FromProcess } from "../protocol/protocol.ts";
import { packError } from "../protocol/wire_error.ts";
import type { PacketPipe } from "./packet_pipe.ts";
import { type LoadDriver, Runtime } from "./runtime.ts";

/** When the daemon has died: the time to make an instrument safe, where that was asked for, and then the one to close it. */
const SHUTDOWN = { safeMs: 5_000, closeMs: 2_000 };

/** The runtimes of a process by the numbers of their seats. */
export class Seats {
  readonly #pipe: PacketPipe;
  readonly #load: LoadDriver;
  readonly #runtimes = new Map<number, Runtime>();
  readonly #drivers = new Map<string, Promise<Driver>>();
  /** The seat whose code runs; `undefined` in a process of one device. */
  #current: AsyncLocalStorage<number> | undefined;

  /** @param load Imports a driver. Called once for each file with code. */
  constructor(pipe: PacketPipe, load: LoadDriver) {
    this.#pipe = pipe;
    this.#load = load;
  }

  /** From now on, {@linkcode current} is known. To be called before any driver is imported. */
  distinguish(): void {
    this.#current = asyncContext();
  }

  /** The seat whose code runs, if that is known. */
  get current(): number | undefined {
    return this.#current?.getStore();
  }

  /** Runs `work` as the code of a seat. */
  run<T>(seat: number, work: () => T): T {
    return this.#current && seat !== PROCESS_SEAT ? this.#current.run(seat, work) : work();
  }

  /** The runtime of a seat. The first use of a seat makes it. */
  runtime(seat: number): Runtime {
    const found = this.#runtimes.get(seat);
    if (found) return found;
    const send = (message: FromProcess) => void this.#pipe.write(jsonPacket(seat, message));
    const runtime = new Runtime({
      block: (block) => this.#pipe.write(blockPacket(seat, block)),
      lost: (next) => send({ lost: next }),
      clock: (stepMs, source) => send({ clock: stepMs, source }),
      instrumentClock: (status) => send({ instrument_clock: status }),
      transcript: (entries) => send({ transcript: entries }),
      warn: (type, message) => send({ warning: { type, message } }),
      ended: (error) => send({ ended: error && packError(error) }),
      disconnected: (error) => send({ disconnected: packError(error) }),
      problem: (error) => send({ problem: packError(error) }),
    }, (file, kept) => {
      // Not kept: a YAML driver comes as text with each request, and its versions may run side by side.
      if (isYaml(file)) return this.#load(file, kept);
      const known = this.#drivers.get(file);
      const loading = known ?? this.#load(file, kept);
      if (!known) this.#drivers.set(file, loading);
      return loading;
    });
    this.#runtimes.set(seat, runtime);
    return runtime;
  }

  /** Anything that the code of a seat threw, as a `LabError`. An unknown seat stands for the only seat, if there is just one. */
  errorOf(seat: number, thrown: unknown): LabError {
    const [only] = this.#runtimes.values();
    const runtime = this.#runtimes.get(seat) ?? (this.#runtimes.size === 1 ? only : undefined);
    return runtime ? runtime.errorOf(thrown) : driverError(thrown);
  }

  /** The seat is no longer used. */
  release(seat: number): void {
    const runtime = this.#runtimes.get(seat);
    this.#runtimes.delete(seat);
    if (runtime) this.run(seat, () => runtime.shutDown(SHUTDOWN));
  }

  /** Closes all instruments, as far as the time allows. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#runtimes].map(([seat, runtime]) => this.run(seat, () => runtime.shutDown(SHUTDOWN))),
    );
  }
}
