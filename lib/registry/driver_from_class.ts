import { z } from "zod";
import { LabError } from "../errors.ts";
import type { DeviceFunctions, Driver } from "../driver/contract.ts";
import type { MethodDefinition } from "../driver/method.ts";
import { withPushFunctions } from "../driver/push_functions.ts";

/**
 * A class whose objects are devices: any of the contract's functions, and methods of its own, which can be called.
 *
 * @example
 * ```ts
 * import { type DeviceClass, LabDaemon } from "labdaemon";
 *
 * const Lamp: DeviceClass = class {
 *   brightness = 0;
 *   dim = (brightness: number) => this.brightness = brightness;
 *   look() {
 *     return this.brightness;
 *   }
 * };
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp");
 * await lamp.connect();
 * console.assert(await lamp.call("look") === 0);
 * ```
 */
export type DeviceClass = new (params: Record<string, unknown>) => object;

type Device = DeviceFunctions<Record<string, unknown>, unknown>;

/** The functions of the contract, which callers cannot call. */
const CONTRACT_FUNCTIONS = [
  "connect",
  "disconnect",
  "safe",
  "describeSample",
  "stream",
  "startStreaming",
  "stopStreaming",
  "isStreaming",
  "read",
];

/**
 * Makes a driver from a class that a script registers. `new Class(params)` makes a device. Params and options are not
 * validated. Every public method that is not a function of the contract can be called: with the positional arguments and,
 * if there are named arguments, an object of these as the last one.
 *
 * @throws {LabError} `InvalidRequest`, if `Class` is not a function.
 */
export function driverFromClass(name: string, Class: DeviceClass): Driver {
  if (typeof Class !== "function") {
    throw new LabError(
      "InvalidRequest",
      `Cannot register "${name}": it is neither a class nor a driver, but ${typeof Class}`,
    );
  }
  return {
    name,
    summary: "",
    params: z.looseObject({}),
    options: z.looseObject({}),
    arrays: "json",
    permissions: () => ({}),
    create: (params) => withPushFunctions(name, new Class(params) as Device),
    methods: Object.fromEntries(publicMethods(Class).map((method) => [method, callOf(method)])),
    properties: {},
  };
}

interface Arguments {
  args: unknown[];
  kwargs: Record<string, unknown>;
}

function callOf(method: string): MethodDefinition<unknown> {
  return {
    run: (device, input) => {
      const { args, kwargs } = input as unknown as Arguments;
      const named = Object.keys(kwargs).length ? [kwargs] : [];
      return (device as Record<string, (...args: unknown[]) => unknown>)[method](...args, ...named);
    },
  };
}

function publicMethods(Class: DeviceClass): string[] {
  const names = new Set<string>();
  for (let proto = Class.prototype; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === "function" && name !== "constructor" && !name.startsWith("_")) names.add(name);
    }
  }
  return [...names].filter((name) => !CONTRACT_FUNCTIONS.includes(name));
}
