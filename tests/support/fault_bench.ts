import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { allGone, processesWith } from "./processes.ts";
import { serveBench, type ServedBench } from "./served_bench.ts";
import type { SSEReader, WireEvent } from "./sse_reader.ts";
import { type Answers, Vigil } from "./vigil.ts";

/** How one device goes wrong. */
export interface Fault {
  /** The place in its life at which it does. */
  where?: string;
  how?: string;
  /** By what it is armed, if not by its own name. */
  armedBy?: string;
  /** Its driver; without a word `Unruly`. */
  driver?: string;
  /** What the bench file says of it besides. */
  settings?: Record<string, unknown>;
}

/** What `GET /devices/{id}` says, as far as it matters when something is wrong. */
export interface Status {
  state: string;
  disabled: boolean;
  last_error: { type: string; message: string; origin: string } | null;
  retry_at: string | null;
  restarts: number;
  process: { pid: number; memory: number; memory_limit: number; cpu: number } | null;
  stream: { sequence: number };
}

/** What a request was answered that may be refused. */
export interface Answer {
  status: number;
  result?: unknown;
  error?: { type: string; message: string };
}

/** Long enough that a retry never comes while a test looks. */
const LATER = "10min";

const LIMITS = { connect: "5s", call: "5s", stop: "500ms", heartbeat_timeout: "1500ms" };
const GOOD = Array.from({ length: 10 }, (_, i) => `good${i}`);

/** The daemon with ten good devices at 100 Hz under a vigil, and bad ones that are out of service. */
export class FaultBench implements AsyncDisposable {
  readonly served: ServedBench;
  readonly #armed: string;
  readonly #vigil: Vigil;

  private constructor(served: ServedBench, armed: string, vigil: Vigil) {
    this.served = served;
    this.#armed = armed;
    this.#vigil = vigil;
  }

  /** A bad device under each name. It goes wrong as long as it is armed, gets no restart, and its next try is far away. */
  static async open(faults: Record<string, Fault>, drivers: string[] = []): Promise<FaultBench> {
    const armed = await Deno.makeTempDir({ prefix: "labdaemon-armed-" });
    const good = GOOD.map((id) => ({
      id,
      driver: "StreamingDAQ",
      streaming: "always",
      options: { sample_rate: 100 },
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
    const served = await serveBench(JSON.stringify({ devices: [...good, ...bad] }), {
      drivers: ["streaming_daq.ts", "unruly.ts", ...drivers],
    });
    return new FaultBench(served, armed, await Vigil.begin(served.url, GOOD));
  }

  /** From now on, or again, the device goes wrong. */
  async arm(id: string): Promise<void> {
    await Deno.writeTextFile(`${this.#armed}/${id}`, "");
  }

  /** From now on it behaves. */
  async disarm(id: string): Promise<void> {
    await Deno.remove(`${this.#armed}/${id}`);
  }

  status(id: string): Promise<Status> {
    return this.served.ask<Status>(`GET /devices/${id}`);
  }

  /** Asks something of a device that may be refused. */
  async post(id: string, path: string, body?: unknown): Promise<Answer> {
    const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${this.served.url}/devices/${id}/${path}`, { method: "POST", ...body ? json : {} });
    return { ...await response.json(), status: response.status };
  }

  call(id: string, method: string, kwargs: Record<string, unknown> = {}): Promise<Answer> {
    return this.post(id, "call", { method, kwargs });
  }

  /** Puts a device into service, with somebody who watches. */
  async enable(id: string): Promise<SSEReader> {
    const reader = await this.served.open(`/stream?devices=${id}`);
    await reader.state("disconnected");
    equal((await this.post(id, "enable")).status, 200);
    return reader;
  }

  /**
   * The device has failed: its reader is told the error and the state with the same error, and `GET` says the same.
   *
   * @returns the error.
   */
  async failed(
    id: string,
    reader: SSEReader,
    state: "retrying" | "faulted",
  ): Promise<{ type: string; message: string }> {
    const { error } = await reader.next(({ event }) => event === "stream_error") as WireEvent & { error: Error };
    const told = await reader.next(({ event }) => event === "device_state");
    equal([told.state, told.error], [state, error]);
    equal(typeof told.retry_in, state === "retrying" ? "number" : "undefined");
    const status = await this.status(id);
    equal([status.state, status.last_error, status.restarts], [state, error, told.restarts]);
    equal(typeof status.retry_at, state === "retrying" ? "string" : "object");
    if (status.retry_at) ok(Date.parse(status.retry_at) > Date.parse(String(told.timestamp)), status.retry_at);
    return error as unknown as { type: string; message: string };
  }

  /** The device behaves and a person connects it: it streams again, and the failure was told no more than once. */
  async heals(id: string, reader: SSEReader): Promise<void> {
    await this.disarm(id).catch(() => {});
    const { status, error } = await this.post(id, "connect");
    equal([status, error], [200, undefined]);
    equal((await this.post(id, "stream/start")).status, 200);
    await reader.sample();
    equal((await this.status(id)).state, "streaming");
    equal(reader.events.filter(({ event }) => event === "stream_error").length, 1);
  }

  /** Takes a device out of service: nothing of it is left. */
  async dismiss(id: string, reader?: SSEReader): Promise<void> {
    await reader?.leave();
    equal((await this.post(id, "disable")).status, 200);
    const { state, disabled } = await this.status(id);
    equal([state, disabled], ["disconnected", true]);
    await allGone(`${this.#armed}/${id},`);
  }

  /** The processes of the devices that something arms. */
  processes(armedBy: string): number[] {
    return processesWith(`${this.#armed}/${armedBy},`);
  }

  /** The good ones have lost nothing. Says how they fared. */
  async verdict(): Promise<{ rates: number[]; health: Answers }> {
    const account = await this.#vigil.end();
    equal(this.#vigil.complaints, []);
    equal(account.rates.length, GOOD.length);
    return account;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vigil.end();
    await this.served[Symbol.asyncDispose]();
    await Deno.remove(this.#armed, { recursive: true });
  }
}
