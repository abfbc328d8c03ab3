import { z } from "zod";
import { LabError } from "../errors.ts";
import type { DeviceFunctions, Driver, MethodDefinition } from "../driver/contract.ts";

/** A class whose objects are devices: any of the contract's functions, and methods of its own. */
export type DeviceClass = new (params: Record<string, unknown>) => object;

/** The functions that belong to the host, not to callers. */
const HOSTS_OWN = ["connect", "disconnect", "stream", "startStreaming", "stopStreaming", "isStreaming", "read"];

/**
 * A driver out of a class, for scripts that register one. `new Class(params)` makes a device. Params and options are
 * passed on as they are; every public method that is not the host's can be called, with positional arguments and, where
 * named ones are given, an object of these behind them.
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
    create: (params) => new Class(params) as DeviceFunctions<Record<string, unknown>, unknown>,
    methods: Object.fromEntries(publicMethods(Class).map((method) => [method, callOf(method)])),
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
  return [...names].filter((name) => !HOSTS_OWN.includes(name));
}
