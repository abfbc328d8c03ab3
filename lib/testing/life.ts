import { deadline, Notifier } from "../async/mod.ts";
import { fileName } from "../registry/list_driver_files.ts";
import type { Permissions } from "../wire/driver.ts";
import { asLabError, type LabError, messageOf } from "../errors.ts";
import { EncodedJson } from "../stream/encode.ts";
import { ProcessHost } from "../host/process_host.ts";
import type { Operation, Requests } from "../host/protocol.ts";
import { decodeFrames } from "../stream/decode.ts";
import type { StreamEvent } from "../wire/events.ts";
import { openThings } from "./leftovers.ts";
import { HELD } from "./probe_leaving.ts";
import type { Questions } from "./probe.ts";
import type { Subject } from "./trial.ts";

const PROBE = new URL("./probe.ts", import.meta.url);

/** How long a process may take to import a driver, or to answer what takes no time. */
export const LOAD_MS = 30_000;

/** One life of a device in a process of its own, as a daemon would lead it, with the probe between the two. */
export class Life implements AsyncDisposable {
  /** The samples of the present run. */
  samples: StreamEvent[] = [];
  /** How the run ended that nobody stopped. */
  ended: { error: LabError | null } | undefined;
  /** Why the process is gone. */
  gone: LabError | undefined;
  readonly #subject: Subject;
  readonly #host: ProcessHost;
  readonly #notifier = new Notifier();
  readonly #left: string[] = [];
  #pid = 0;

  private constructor(subject: Subject, permissions: Permissions) {
    this.#subject = subject;
    const name = `"${fileName(subject.file)}"`;
    const notifying = <T>(take: (value: T) => void) => (value: T) => {
      take(value);
      this.#notifier.notify();
    };
    this.#host = new ProcessHost({ name, permissions, folder: new URL("./", subject.file) }, {
      block: notifying(({ bytes }) => void this.samples.push(...decodeFrames(bytes))),
      lost: () => {},
      ended: notifying((error) => this.ended = { error }),
      print: (line) => line.startsWith(HELD) && this.#look(line.slice(HELD.length)),
    });
    this.#host.closed.then(notifying((reason) => this.gone = reason));
  }

  /** A life up to `create`. Rejects as that does; the process is gone then. */
  static async begin(subject: Subject, permissions: Permissions): Promise<Life> {
    const life = new Life(subject, permissions);
    try {
      const file = `${PROBE.href}?driver=${encodeURIComponent(subject.file.href)}`;
      await life.request("load", { file }, "load the driver", LOAD_MS);
      const identity = { device_id: "trial", epoch: "check", next_sequence: 0 };
      await life.request("create", { ...identity, params: subject.params }, "create the device");
      life.#pid = await life.ask("pid", {});
      return life;
    } catch (error) {
      await life[Symbol.asyncDispose]();
      throw error;
    }
  }

  request<Op extends Operation>(op: Op, input: Requests[Op][0], what: string, limit?: number) {
    return this.#host.request(op, input, { attempt: `Cannot ${what}`, limit });
  }

  /** Asks the probe. */
  async ask<Q extends keyof Questions>(question: Q, input: Questions[Q][0], limit = LOAD_MS): Promise<Questions[Q][1]> {
    const call = { method: `probe:${question}`, args: [], kwargs: input as Record<string, unknown> };
    const answer = await this.request("call", call, `ask for ${question}`, limit);
    return (answer instanceof EncodedJson ? answer.decode() : answer) as Questions[Q][1];
  }

  async connect(): Promise<void> {
    await this.request("connect", {}, "connect", this.#subject.patience.connect);
  }

  /** Starts a run; its samples are counted anew. */
  async start(options: Record<string, unknown>): Promise<void> {
    this.samples = [];
    this.ended = undefined;
    await this.request("start", { options }, "start streaming", this.#subject.patience.connect);
  }

  async stop(): Promise<void> {
    const limit = this.#subject.patience.stop;
    await this.request("stop", { limit }, "stop streaming", limit + 500);
  }

  async disconnect(): Promise<void> {
    const limit = this.#subject.patience.stop;
    await this.request("disconnect", { limit }, "disconnect", limit + 500);
  }

  /** Waits until `condition` holds, the run or the process is over, or time is up; whether the condition holds then. */
  async until(condition: () => boolean, ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    while (!condition() && !this.ended && !this.gone) {
      const rest = end - performance.now();
      if (rest <= 0 || !await deadline(this.#notifier.next(), rest).then(() => true, () => false)) break;
    }
    return condition();
  }

  /** Disconnects, lets the process end by itself, and tells what it left behind. Rejects as `disconnect` does. */
  async leave(): Promise<string[]> {
    await this.disconnect();
    this.#left.push(...await openThings(this.#pid));
    await this.#host.close();
    return this.#left;
  }

  /** Ends the process if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.gone) await this.#host.close({ force: true });
  }

  /** Children and sockets may hold their process as well, and are told already. */
  #look(timers: string): void {
    this.#left.push(...JSON.parse(timers));
    if (!this.#left.length) {
      this.#left.push("something that keeps its process from ending, like a read that still waits");
    }
  }
}

/** What was thrown, in a line. */
export function problemOf(thrown: unknown): string {
  const error = asLabError(thrown, "InternalError");
  return error.type === error.code || error.type === "DeviceError"
    ? messageOf(error)
    : `${error.type}: ${error.message}`;
}
