import { deadline, Notifier } from "../../async/mod.ts";
import { fileName } from "../../registry/files/list_driver_files.ts";
import { pythonProgramOf } from "../../registry/python_program.ts";
import { SourceFiles } from "../../registry/files/source_files.ts";
import type { DriverDescription, Permissions } from "../../wire/driver.ts";
import { asLabError, type LabError, messageOf } from "../../errors.ts";
import { EncodedJson } from "../../stream/encode.ts";
import { type LinkedRuntime, linkedRuntime } from "../../host/linked/linked_runtime.ts";
import { openProcess } from "../../host/driver_process.ts";
import type { ProcessHost } from "../../host/process_host.ts";
import { type HostProgram, probedHost } from "../../host/python_host.ts";
import type { ProtocolOperation, ProtocolRequests } from "../../host/protocol/protocol.ts";
import { decodeFrames } from "../../stream/decode.ts";
import type { StreamEvent } from "../../wire/events.ts";
import type { Questions } from "../probe/main.ts";
import { HELD_BY } from "../probe/natural_exit.ts";
import type { CheckInput, DriverUnderTest } from "./driver_under_test.ts";
import { openResources } from "./open_resources.ts";

const PROBE = new URL("../probe/main.ts", import.meta.url);

/** The limit of an import of the driver, and of a question to the probe. */
export const LOAD_MS = 30_000;

/** The limit for the answer which threads of a driver in Python go on: they have a second to end. */
const THREADS_MS = 3_000;

/** A device in its own process, run as the daemon runs it, with the probe around its driver. */
export class DeviceProcess implements AsyncDisposable {
  /** The samples of the current run. */
  samples: StreamEvent[] = [];
  /** Set when the run has ended without a stop. */
  runEnd: { error: LabError | null } | undefined;
  /** Set when the process has ended. */
  exitReason: LabError | undefined;
  readonly #input: CheckInput;
  readonly #host: ProcessHost;
  readonly #notifier = new Notifier();
  readonly #leftovers: string[] = [];
  readonly #isPython: boolean;
  #pid = 0;

  private constructor(input: CheckInput, { imports, runtime, host }: Startable, permissions: Permissions) {
    this.#input = input;
    this.#isPython = host !== undefined;
    const name = `"${fileName(input.file)}"`;
    const notifying = <T>(take: (value: T) => void) => (value: T) => {
      take(value);
      this.#notifier.notify();
    };
    this.#host = openProcess({ name, permissions, imports, runtime, host: host && probedHost(host) }, {
      block: notifying(({ bytes }) => void this.samples.push(...decodeFrames(bytes))),
      lost: () => {},
      ended: notifying((error) => this.runEnd = { error }),
      print: (line) => line.startsWith(HELD_BY) && this.#addTimers(line.slice(HELD_BY.length)),
    });
    this.#host.closed.then(notifying((reason) => this.exitReason = reason));
  }

  /** The driver as its process describes it. */
  description: DriverDescription | null = null;
  /** True if the driver has a safe function. */
  hasSafe = false;

  /** Starts a process and loads the driver. If that fails, it ends the process and rejects. */
  static async load(driver: DriverUnderTest, permissions: Permissions): Promise<DeviceProcess> {
    const device = new DeviceProcess(driver.input, await driver.once(startable), permissions);
    const { href } = driver.input.file;
    // The host of drivers in Python has a probe of its own.
    const file = device.#isPython ? href : `${PROBE.href}?driver=${encodeURIComponent(href)}`;
    await device.#orEnd(async () =>
      device.description = await device.request("load", { file }, "load the driver", LOAD_MS)
    );
    return device;
  }

  /** Starts a process, loads the driver and calls `create`. If one of these fails, it ends the process and rejects. */
  static async start(driver: DriverUnderTest, permissions: Permissions): Promise<DeviceProcess> {
    const device = await DeviceProcess.load(driver, permissions);
    await device.create();
    return device;
  }

  /** Calls `create`. If that fails, it ends the process and rejects. */
  create(): Promise<void> {
    return this.#orEnd(async () => {
      const identity = { device_id: "device1", epoch: "check", next_sequence: 0 };
      const made = await this.request("create", { ...identity, params: this.#input.params }, "create the device");
      this.hasSafe = made.safe === true;
      this.#pid = await this.ask("pid", {});
    });
  }

  async #orEnd(begin: () => Promise<unknown>): Promise<void> {
    try {
      await begin();
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  request<Op extends ProtocolOperation>(op: Op, input: ProtocolRequests[Op][0], what: string, limitMs?: number) {
    return this.#host.request(op, input, { attempt: `Cannot ${what}`, limitMs });
  }

  /** Asks the probe; see {@linkcode Questions}. */
  async ask<Q extends keyof Questions>(
    question: Q,
    input: Questions[Q][0],
    limitMs = LOAD_MS,
  ): Promise<Questions[Q][1]> {
    const call = { method: `probe:${question}`, args: [], kwargs: input as Record<string, unknown> };
    const answer = await this.request("call", call, `ask for ${question}`, limitMs);
    return (answer instanceof EncodedJson ? answer.decode() : answer) as Questions[Q][1];
  }

  async connect(): Promise<void> {
    await this.request("connect", {}, "connect", this.#input.limits.connectMs);
  }

  async makeSafe(): Promise<void> {
    const limit = this.#input.limits.stopMs;
    await this.request("safe", { reason: "the conformance suite", limit }, "make the instrument safe", limit + 500);
  }

  /** Starts a run, and clears the samples of the previous one. */
  async startStreaming(options: Record<string, unknown>): Promise<void> {
    this.samples = [];
    this.runEnd = undefined;
    await this.request("start", { options }, "start streaming", this.#input.limits.connectMs);
  }

  async stopStreaming(): Promise<void> {
    const limit = this.#input.limits.stopMs;
    await this.request("stop", { limit }, "stop streaming", limit + 500);
  }

  async disconnect(): Promise<void> {
    const limit = this.#input.limits.stopMs;
    await this.request("disconnect", { limit }, "disconnect", limit + 500);
  }

  /**
   * Waits until `condition` holds, at most `ms` milliseconds, and no longer than the run and the process last. Returns
   * true if the condition holds.
   */
  async waitUntil(condition: () => boolean, ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (!condition() && !this.runEnd && !this.exitReason) {
      const rest = end - performance.now();
      if (rest <= 0 || !await deadline(this.#notifier.next(), rest).then(() => true, () => false)) break;
    }
    return condition();
  }

  /**
   * Disconnects, waits for the process to end by itself, and lists what kept it alive. Rejects as `disconnect` does.
   */
  async leave(): Promise<string[]> {
    await this.disconnect();
    // The probe does not answer while an abandoned call still runs.
    if (this.#isPython) this.#leftovers.push(...await this.ask("threads", {}, THREADS_MS).catch(() => []));
    this.#leftovers.push(...await openResources(this.#pid));
    await this.#host.close();
    return this.#leftovers;
  }

  /** Kills the process if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.exitReason) await this.#host.close({ force: true });
  }

  /** Adds the timers that the probe reports. Without a timer, child or socket, the cause is unknown. */
  #addTimers(timers: string): void {
    this.#leftovers.push(...JSON.parse(timers));
    if (!this.#leftovers.length) {
      this.#leftovers.push("something that keeps its process from ending, such as a read that still waits");
    }
  }
}

/** The settings with which a process of the driver starts. */
interface Startable {
  /** The files that it may read to import the driver. */
  imports: URL[];
  /** The library as one file. */
  runtime?: LinkedRuntime;
  /** The program that runs a driver in Python. */
  host?: HostProgram;
}

/** The settings with which a process of the driver starts. */
export async function startable({ input: { file } }: DriverUnderTest): Promise<Startable> {
  const sources = await SourceFiles.read(file);
  return { imports: await sources.importable(), runtime: await linkedRuntime(), host: await pythonProgramOf(sources) };
}

/** A thrown value in one line. */
export function problemOf(thrown: unknown): string {
  const error = asLabError(thrown, "InternalError");
  return error.type === error.code || error.type === "DeviceError"
    ? messageOf(error)
    : `${error.type}: ${error.message}`;
}
