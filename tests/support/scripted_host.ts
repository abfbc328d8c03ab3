import type { DriverSource } from "../../lib/registry/driver_source.ts";
import { Device } from "../../lib/device/device.ts";
import type { DeviceSettings } from "../../lib/device/supervisor/settings.ts";
import { LabError } from "../../lib/errors.ts";
import type { Host, HostEvents, RequestOptions } from "../../lib/host/host.ts";
import type { ProtocolOperation, ProtocolRequests } from "../../lib/host/protocol/protocol.ts";
import { abortable } from "../../lib/async/mod.ts";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";

type Inputs = { [Op in ProtocolOperation]: ProtocolRequests[Op][0] };
type Answers = { [Op in ProtocolOperation]?: () => Promise<unknown> | unknown };

/** A driver's process without a process: the test plays both what it answers and how it dies. */
export class ScriptedHost implements Host {
  readonly closed: Promise<LabError>;
  /** The requests so far, and `close` or `kill`. */
  readonly asked: string[] = [];
  /** The input of the last request of each kind. */
  readonly inputs: Partial<Inputs> = {};
  /** The answers from now on. By default it answers at once, with nothing. */
  readonly answers: Answers;
  readonly events: HostEvents;
  readonly #die: (reason: LabError) => void;
  #dead: LabError | undefined;

  constructor(events: HostEvents, answers: Answers) {
    this.events = events;
    this.answers = answers;
    ({ promise: this.closed, resolve: this.#die } = Promise.withResolvers<LabError>());
  }

  async request<Op extends ProtocolOperation>(
    op: Op,
    input: ProtocolRequests[Op][0],
    { signal }: RequestOptions,
  ): Promise<ProtocolRequests[Op][1]> {
    if (this.#dead) throw this.#dead;
    this.asked.push(op);
    Object.assign(this.inputs, { [op]: input });
    const answer = Promise.resolve(this.answers[op]?.() ?? (op === "create" ? { streams: true } : null));
    const dead = this.closed.then((reason): never => {
      throw reason;
    });
    return await abortable(Promise.race([answer, dead]), signal) as ProtocolRequests[Op][1];
  }

  setFence(number: number, isLeased: boolean): void {
    this.asked.push(`fence ${number} ${isLeased}`);
  }

  close({ force = false } = {}): Promise<void> {
    this.asked.push(force ? "kill" : "close");
    this.die("DeviceNotConnected", "it was ended");
    return Promise.resolve();
  }

  /** The process is gone. */
  die(type = "ProcessExited", message = "The process exited with code 3"): void {
    this.#dead ??= new LabError("DriverError", message, { type });
    this.#die(this.#dead);
  }

  /** Sends samples, numbered on from `first` or from the `next_sequence` of its creation. */
  send(payloads: unknown[], first = this.inputs.create!.next_sequence): void {
    const { device_id: deviceId, epoch } = this.inputs.create!;
    const frame = sampleFramer({ deviceId, epoch, arrays: "json" });
    this.events.block(makeBlock(first, payloads.map((payload, i) => frame(first + i, payload))));
  }
}

const WORK = { name: "work", doc: "", parameters: [], input: {} };

/** A device whose every connection gets a {@linkcode ScriptedHost}. */
export function scriptedDevice(settings: Partial<DeviceSettings> = {}) {
  const hosts: ScriptedHost[] = [];
  const answers: Answers = {};
  const starts: (() => Promise<void> | void)[] = [];
  const source: DriverSource = {
    description: {
      name: "Scripted",
      summary: "",
      params: {},
      options: {},
      sample: null,
      properties: [],
      permissions: null,
      methods: [WORK],
    },
    checkParams: (params) => Promise.resolve({ params: params as Record<string, unknown>, permissions: {} }),
    checkOptions: (options) => Promise.resolve(options as Record<string, unknown>),
    open: async (_id, _permissions, events) => {
      await starts.shift()?.();
      const host = new ScriptedHost(events, answers);
      hosts.push(host);
      return host;
    },
    close: () => Promise.resolve(),
  };
  const device = new Device(
    { id: "daq1", plan: { source, params: {}, permissions: {}, input: { params: {} } }, epoch: "e", sequence: 0 },
    settings,
  );
  return {
    device,
    /** All processes so far. */
    hosts,
    /** The answers of every process from now on. */
    answers,
    /** The actions at the starts of the next processes. */
    starts,
    /** The process of now. */
    get host(): ScriptedHost {
      return hosts.at(-1)!;
    },
    [Symbol.asyncDispose]: async () => {
      await device.disconnect();
      await device.stopStreaming();
    },
  };
}
