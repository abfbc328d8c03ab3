import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Semaphore } from "../../lib/async/semaphore.ts";
import { allGone, processesWith } from "./processes.ts";
import { serveBench, type ServedBench, type ServeOptions } from "./served_bench.ts";
import type { SSEReader, WireEvent } from "./sse_reader.ts";
import { StreamMonitor } from "./stream_monitor.ts";

/** The fault of one device. */
export interface Fault {
  /** The function that fails. */
  where?: string;
  how?: string;
  /** The name that arms it; its own by default. */
  armedBy?: string;
  /** Its driver; by default `Unruly`. */
  driver?: string;
  /** Further settings in the bench file. */
  settings?: Record<string, unknown>;
}

/** The part of `GET /devices/{id}` that matters after a failure. */
export interface Status {
  state: string;
  disabled: boolean;
  last_error: { type: string; message: string; origin: string } | null;
  retry_at: string | null;
  restarts: number;
  process: { pid: number; memory: number; memory_limit: number; cpu: number } | null;
  stream: { sequence: number };
}

/** The answer to a request that may be refused. */
export interface Answer {
  status: number;
  result?: unknown;
  error?: { type: string; message: string };
}

/** Longer than any test. */
const LATER = "10min";

/** Long enough for a busy driver on a machine on which other tests run. One that hangs has a shorter one of its own. */
const LIMITS = { connect: "60s", call: "60s", stop: "500ms", heartbeat_timeout: "60s" };

/** The settings of a driver that hangs; the report of it. */
export const HANGS = { limits: { heartbeat_timeout: "3s" } };
export const HANGS_MESSAGE = /^The process of "\w+" hangs: .* for 3 s$/;

const GOOD = Array.from({ length: 10 }, (_, i) => `good${i}`);

/** The samples per second of the good devices. Ten at 100 Hz and their readers take most of a core, two of them a fifth. */
const rateOf = (i: number) => i < 2 ? 100 : 10;

/** Runs `atOnce` cases at a time, because most of each is waiting, and reports each as a step. */
export async function runCases(
  test: Deno.TestContext,
  atOnce: number,
  cases: Record<string, () => Promise<void>>,
): Promise<void> {
  const free = new Semaphore(atOnce);
  const results = Object.entries(cases).map(([name, run]) => [name, free.run(run)] as const);
  await Promise.allSettled(results.map(([, result]) => result));
  for (const [name, result] of results) await test.step(name, () => result);
}

/**
 * The daemon with ten good devices under a monitor, and faulty ones that are disabled. Two of the good ones stream at 100 Hz
 * from processes of their own; the others share one, which costs a fifth.
 */
export class FaultBench implements AsyncDisposable {
  readonly served: ServedBench;
  readonly #armed: string;
  readonly #monitor: StreamMonitor;

  private constructor(served: ServedBench, armed: string, monitor: StreamMonitor) {
    this.served = served;
    this.#armed = armed;
    this.#monitor = monitor;
  }

  /**
   * A faulty device under each name. It fails as long as it is armed, has no restart budget, and retries far later.
   * `bench` has further keys of the bench file.
   */
  static async open(
    faults: Record<string, Fault>,
    drivers: ServeOptions["drivers"] = [],
    bench = {},
  ): Promise<FaultBench> {
    const armed = await Deno.makeTempDir({ prefix: "labdaemon-armed-" });
    const good = GOOD.map((id, i) => ({
      id,
      driver: "StreamingDAQ",
      streaming: "always",
      options: { sample_rate: rateOf(i) },
      ...i >= 2 && { process: "good" },
      limits: LIMITS,
    }));
    const bad = Object.entries(faults).map(([id, { where, how, armedBy = id, driver = "Unruly", settings }]) => ({
      id,
      driver,
      enabled: false,
      streaming: "always",
      ...driver === "Unruly" && { params: { where, how, armed: `${armed}/${armedBy}` } },
      restart: { max_restarts: 0, initial_delay: LATER, max_delay: LATER },
      ...settings,
      limits: { ...LIMITS, ...settings?.limits as Record<string, string> },
    }));
    for (const [id, { armedBy = id }] of Object.entries(faults)) await Deno.writeTextFile(`${armed}/${armedBy}`, "");
    const served = await serveBench(JSON.stringify({ devices: [...good, ...bad], ...bench }), {
      drivers: ["streaming_daq.ts", "unruly.ts", ...drivers],
    });
    return new FaultBench(served, armed, await StreamMonitor.start(served.url, GOOD));
  }

  /** The device fails from now on. */
  async arm(id: string): Promise<void> {
    await Deno.writeTextFile(`${this.#armed}/${id}`, "");
  }

  /** The device works from now on. */
  async disarm(id: string): Promise<void> {
    await Deno.remove(`${this.#armed}/${id}`);
  }

  status(id: string): Promise<Status> {
    return this.served.ask<Status>(`GET /devices/${id}`);
  }

  /** A request to a device that may be refused. */
  async post(id: string, path: string, body?: unknown): Promise<Answer> {
    const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${this.served.url}/devices/${id}/${path}`, { method: "POST", ...body ? json : {} });
    return { ...await response.json(), status: response.status };
  }

  call(id: string, method: string, kwargs: Record<string, unknown> = {}): Promise<Answer> {
    return this.post(id, "call", { method, kwargs });
  }

  /** Enables a device, and returns a reader of its stream. */
  async enable(id: string): Promise<SSEReader> {
    const reader = await this.served.open(`/stream?devices=${id}`);
    await reader.state("disconnected");
    equal((await this.post(id, "enable")).status, 200);
    return reader;
  }

  /**
   * Asserts that the device has failed: its reader receives the error, and the state with the same error; `GET` agrees.
   *
   * @returns the error.
   */
  async failed(
    id: string,
    reader: SSEReader,
    state: "retrying" | "faulted",
  ): Promise<{ type: string; message: string }> {
    const { error } = await reader.next(({ event }) => event === "stream_error") as WireEvent & { error: Error };
    const change = await reader.next(({ event }) => event === "device_state");
    equal([change.state, change.error], [state, error]);
    equal(typeof change.retry_in, state === "retrying" ? "number" : "undefined");
    const status = await this.status(id);
    equal([status.state, status.last_error, status.restarts], [state, error, change.restarts]);
    equal(typeof status.retry_at, state === "retrying" ? "string" : "object");
    if (status.retry_at) ok(Date.parse(status.retry_at) > Date.parse(String(change.timestamp)), status.retry_at);
    return error as unknown as { type: string; message: string };
  }

  /** Disarms and connects the device: it streams again, and its failure was reported once. */
  async heals(id: string, reader: SSEReader): Promise<void> {
    await this.disarm(id).catch(() => {});
    const { status, error } = await this.post(id, "connect");
    equal([status, error], [200, undefined]);
    equal((await this.post(id, "stream/start")).status, 200);
    await reader.sample();
    equal((await this.status(id)).state, "streaming");
    equal(reader.events.filter(({ event }) => event === "stream_error").length, 1);
  }

  /** Disables a device, and waits until its processes are gone. */
  async dismiss(id: string, reader?: SSEReader): Promise<void> {
    await reader?.leave();
    equal((await this.post(id, "disable")).status, 200);
    const { state, disabled } = await this.status(id);
    equal([state, disabled], ["disconnected", true]);
    await allGone(`${this.#armed}/${id},`);
  }

  /** The ids of the processes of the devices that a name arms. */
  processes(armedBy: string): number[] {
    return processesWith(`${this.#armed}/${armedBy},`);
  }

  /** Asserts that the good devices have streamed without a gap until now, and that `/health` has answered throughout. */
  async assertOthersUnaffected(): Promise<void> {
    const { devices, healthAnswers } = await this.#monitor.stop();
    equal(this.#monitor.violations, []);
    equal(devices, GOOD.length);
    ok(healthAnswers > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#monitor.abort();
    await this.served[Symbol.asyncDispose]();
    await Deno.remove(this.#armed, { recursive: true });
  }
}
