import { z } from "zod";
import { LabError } from "../errors.ts";
import type { DeviceFunctions, Driver } from "./contract.ts";
import type { DriverDeclaration } from "./driver_declaration.ts";
import { refuseUnknownKeys } from "./known_keys.ts";
import { checkedMethods, type ObjectSchema } from "./method.ts";
import { checkedProperties } from "./property.ts";
import { RESERVED_STREAM_KEYS } from "../wire/names/stream_keys.ts";
import { withPushFunctions } from "./push_functions.ts";

/** The form of a driver's name. */
export const DRIVER_NAME = /^[A-Za-z]\w{0,99}$/;

const DRIVER_KEYS = Object.keys(
  {
    name: true,
    summary: true,
    params: true,
    options: true,
    sample: true,
    arrays: true,
    permissions: true,
    bus: true,
    create: true,
    methods: true,
    properties: true,
  } satisfies Record<keyof Driver, true>,
);

/** The drivers that {@linkcode defineDriver} has made. */
const defined = new WeakSet<Driver>();

/**
 * The driver, checked as a declaration if {@linkcode defineDriver} has not made it.
 *
 * @throws {LabError} `InvalidRequest`, as {@linkcode defineDriver} does.
 */
export function definedDriver(driver: Driver): Driver {
  return defined.has(driver) ? driver : defineDriver(driver as Parameters<typeof defineDriver>[0]);
}

/**
 * Declares a driver: data for the host, documentation for people, types for the author.
 *
 * @example A whole driver
 * ```ts
 * import { z } from "zod";
 * import { defineDriver, every } from "labdaemon/driver";
 *
 * export const driver = defineDriver({
 *   name: "Dice",
 *   summary: "Throws a die",
 *   params: z.object({ sides: z.number().int().positive().default(6) }),
 *   options: z.object({ sample_rate: z.number().positive().default(1).meta({ unit: "Hz" }) }),
 *   sample: z.number(),
 *   create: ({ sides }) => ({
 *     async *stream(signal, { sample_rate }) {
 *       for await (const _ of every(1000 / sample_rate, signal)) yield Math.ceil(Math.random() * sides);
 *     },
 *     load: (n: number) => sides = n,
 *   }),
 *   methods: {
 *     load: { summary: "Change the die", input: z.object({ n: z.number() }), run: (dice, { n }) => dice.load(n) },
 *   },
 * });
 * console.assert(driver.name === "Dice");
 * ```
 *
 * @throws {LabError} `InvalidRequest`, if the declaration cannot work: a bad name, an unknown key, a schema that is not an
 * object's, an option with a reserved name. The driver's `create` throws `DriverError`, if a device that pushes lacks one of its three
 * functions.
 */
export function defineDriver<
  Params extends ObjectSchema = z.ZodObject<Record<never, never>>,
  Options extends ObjectSchema = z.ZodObject<Record<never, never>>,
  Sample extends z.ZodType = z.ZodType,
  Device extends DeviceFunctions<z.output<Options>, unknown> & object = DeviceFunctions<z.output<Options>, unknown>,
  Inputs extends Record<string, unknown> = Record<never, never>,
  Values extends Record<string, unknown> = Record<never, never>,
>(declaration: DriverDeclaration<Params, Options, Sample, Device, Inputs, Values>): Driver {
  const { name, summary = "", params, options, sample, arrays = "json", permissions, create } = declaration;
  const { bus, methods = {}, properties = {} } = declaration;
  const refuse = (problem: string, key?: string): never => {
    const context = key === undefined ? {} : { key };
    throw new LabError("InvalidRequest", `Cannot define driver ${JSON.stringify(name)}: ${problem}`, { context });
  };
  refuseUnknownKeys("it", declaration, DRIVER_KEYS, refuse);
  if (typeof name !== "string" || !DRIVER_NAME.test(name)) {
    refuse("its name must start with a letter and hold letters, digits and _ only");
  }
  for (const key of RESERVED_STREAM_KEYS) {
    if (options && Object.hasOwn(options.shape ?? {}, key)) {
      refuse(`its option "${key}" has a name that the query of a stream reserves: ${RESERVED_STREAM_KEYS.join(", ")}`);
    }
  }
  if (typeof create !== "function") refuse("it has no create(params) function");
  for (
    const [key, value, example] of [["permissions", permissions, '{ net: ["labpc:5025"] }'], ["bus", bus, '"rs485"']]
  ) {
    if (value === undefined || typeof value === "function") continue;
    refuse(`its ${key} must be a function of the params, such as ${key}: () => (${example})`, `${key}`);
  }
  // A misspelt key is an error: each schema refuses unknown keys unless the author chose otherwise.
  const strict = (what: string, schema: ObjectSchema = z.object({})): ObjectSchema => {
    if (schema?.def?.type !== "object") refuse(`${what} must be an object's schema, z.object({ … })`);
    return schema.def.catchall ? schema : schema.strict();
  };
  const driver: Driver = {
    name,
    summary,
    params: strict("params", params),
    options: strict("options", options),
    sample,
    arrays,
    permissions: (permissions ?? (() => ({}))) as Driver["permissions"],
    ...bus && { bus: bus as Driver["bus"] },
    create: (values) => withPushFunctions(name, create(values as z.output<Params>)),
    methods: checkedMethods(methods as Driver["methods"], strict, refuse),
    properties: checkedProperties(properties as Driver["properties"], refuse),
  };
  defined.add(driver);
  return Object.freeze(driver);
}

/**
 * True if a value has the form of a driver.
 *
 * @example
 * ```ts
 * import { defineDriver, isDriver } from "labdaemon/driver";
 *
 * console.assert(isDriver(defineDriver({ name: "Lamp", create: () => ({}) })));
 * console.assert(!isDriver(class Lamp {}));
 * ```
 */
export function isDriver(value: unknown): value is Driver {
  const driver = value as Partial<Driver> | null;
  return typeof driver === "object" && driver !== null && typeof driver.name === "string" &&
    typeof driver.create === "function" && typeof driver.params?.safeParse === "function";
}
