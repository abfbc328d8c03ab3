import { abortable } from "../async/mod.ts";
import type { DeviceStatus } from "../wire/device.ts";
import type { TaskOrder, TaskSample } from "./task_request.ts";

/** The methods, properties and samples of a device, for a typed handle. */
export interface DeviceShape {
  methods?: object;
  properties?: object;
  sample?: unknown;
}

// deno-lint-ignore no-explicit-any -- a method of any arguments
type Method = (...args: any[]) => unknown;
type NameOf<Part> = Part extends object ? keyof Part & string : string;
type ArgumentsOf<Methods, Name> = Name extends keyof Methods ? Methods[Name] extends Method ? Parameters<Methods[Name]>
  : unknown[]
  : unknown[];
type ResultOf<Methods, Name> = Name extends keyof Methods
  ? Methods[Name] extends Method ? Awaited<ReturnType<Methods[Name]>> : unknown
  : unknown;
type ValueOf<Properties, Name> = Name extends keyof Properties ? Properties[Name] : unknown;

/** A device, as a task uses it. Everything goes by the daemon, under the task's lease. */
export interface DeviceHandle<Shape extends DeviceShape = DeviceShape> {
  readonly id: string;
  /** Calls a method with positional arguments. Rejects with a `LabError` that has the type of the driver's error. */
  call<Name extends NameOf<Shape["methods"]>>(
    method: Name,
    ...args: ArgumentsOf<Shape["methods"], Name>
  ): Promise<ResultOf<Shape["methods"], Name>>;
  /** Calls a method with named arguments. */
  callNamed(method: NameOf<Shape["methods"]>, args: Record<string, unknown>): Promise<unknown>;
  /** Reads a property from the instrument. */
  get<Name extends NameOf<Shape["properties"]>>(name: Name): Promise<ValueOf<Shape["properties"], Name>>;
  /** Sets a property. Resolves with the instrument's value after that. */
  set<Name extends NameOf<Shape["properties"]>>(
    name: Name,
    value: ValueOf<Shape["properties"], Name>,
  ): Promise<ValueOf<Shape["properties"], Name>>;
  /** The samples from now on. The device streams while they are read. */
  stream(options?: Record<string, unknown>): AsyncGenerator<
    TaskSample & { payload: Shape["sample"] },
    void,
    undefined
  >;
  connect(): Promise<DeviceStatus>;
  disconnect(): Promise<DeviceStatus>;
  status(): Promise<DeviceStatus>;
  /** Brings the instrument into its safe state. */
  makeSafe(reason: string): Promise<DeviceStatus>;
}

/** Sends a request to the daemon. */
export type Ask = (order: TaskOrder) => Promise<unknown>;

/** The handle of a device. Its streams end with the reason of the signal. */
export function deviceHandle(id: string, ask: Ask, signal: AbortSignal): DeviceHandle {
  const act = (action: "status" | "connect" | "disconnect" | "safe", reason?: string) =>
    ask({ op: "device", device: id, action, reason }) as Promise<DeviceStatus>;
  const command = (order: TaskOrder) => ask(order) as Promise<never>;
  return {
    id,
    call: (method, ...args) => command({ op: "call", device: id, method, args, kwargs: {} }),
    callNamed: (method, kwargs) => command({ op: "call", device: id, method, args: [], kwargs }),
    get: (name) => command({ op: "get", device: id, name }),
    set: (name, value) => command({ op: "set", device: id, name, value }),
    stream: (options = {}) => samplesOf(id, options, ask, signal),
    connect: () => act("connect"),
    disconnect: () => act("disconnect"),
    status: () => act("status"),
    makeSafe: (reason) => act("safe", reason),
  };
}

async function* samplesOf(device: string, options: Record<string, unknown>, ask: Ask, signal: AbortSignal) {
  const stream = await ask({ op: "stream", device, options }) as number;
  try {
    for (;;) {
      const samples = await abortable(ask({ op: "read", stream }), signal) as TaskSample[];
      if (samples.length === 0) return;
      yield* samples;
    }
  } finally {
    await ask({ op: "close", stream });
  }
}
