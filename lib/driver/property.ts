import type { z } from "zod";
import type { PropertyContext } from "./call_context.ts";
import { type Refuse, refuseUnknownKeys } from "./known_keys.ts";

/**
 * One property: a value of an instrument that can be read, or set, or both. It has a `get` or a `set`. Without `set` it
 * is read-only. Without `get`, only its last set value is known, until the device connects again.
 *
 * The functions are called under the device's lock, as methods are: one at a time, in the order of the requests. An error
 * goes to the caller; the device stays connected.
 *
 * @example A property of a power supply
 * ```ts
 * import { z } from "zod";
 * import { defineDriver, type PropertyDefinition } from "labdaemon/driver";
 *
 * class Supply {
 *   volts = 0;
 * }
 * const voltage: PropertyDefinition<Supply, number> = {
 *   summary: "The voltage of the output",
 *   schema: z.number().min(0).max(30).meta({ unit: "V" }),
 *   get: (supply) => supply.volts,
 *   set: (supply, value) => supply.volts = value,
 * };
 * const driver = defineDriver({ name: "Supply", create: () => new Supply(), properties: { voltage } });
 * console.assert(driver.properties.voltage.summary === "The voltage of the output");
 * ```
 */
export interface PropertyDefinition<Device, Value = unknown> {
  /**
   * The schema of its values: type, limits, choices, `.meta({ unit: "V" })`. A value that does not fit is refused, and
   * `set` is not called. The value of `get` is not validated, because it is the instrument's own.
   */
  schema: z.ZodType<Value>;
  /** One line, for people. */
  summary?: string;
  /**
   * Reads the value from the instrument. Also called after each `set`, under the same hold of the lock: the caller gets
   * the instrument's value, not the requested one. The value must survive JSON, in 64 KiB.
   */
  get?(device: Device, context: PropertyContext): Value | Promise<Value>;
  /** Sets a valid value, and resolves when the instrument has taken it. */
  set?(device: Device, value: Value, context: PropertyContext): unknown;
}

const PROPERTY_KEYS = Object.keys(
  { schema: true, summary: true, get: true, set: true } satisfies Record<keyof PropertyDefinition<unknown>, true>,
);

/** The form of a property's name. */
const PROPERTY_NAME = /^[A-Za-z]\w{0,99}$/;

/**
 * Properties whose schemas refuse unknown keys, as far as they are objects without a catchall.
 *
 * @param refuse Called with the problem of a declaration that cannot work. Throws.
 */
export function checkedProperties(
  properties: Record<string, PropertyDefinition<unknown>>,
  refuse: Refuse,
): Record<string, PropertyDefinition<unknown>> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, definition]) => {
      const { schema, get, set } = definition ?? {};
      if (!PROPERTY_NAME.test(name)) {
        refuse(`the name of property "${name}" must start with a letter and hold letters, digits and _ only`);
      }
      refuseUnknownKeys(`property "${name}"`, definition ?? {}, PROPERTY_KEYS, refuse);
      if (typeof schema?.safeParse !== "function") refuse(`property "${name}" has no schema, such as z.number()`);
      if (get !== undefined && typeof get !== "function") refuse(`the get of property "${name}" is no function`);
      if (set !== undefined && typeof set !== "function") refuse(`the set of property "${name}" is no function`);
      if (!get && !set) refuse(`property "${name}" has neither get(device) nor set(device, value)`);
      const isObject = schema.def.type === "object" && !(schema as z.ZodObject).def.catchall;
      return [name, isObject ? { ...definition, schema: (schema as z.ZodObject).strict() } : definition];
    }),
  );
}
