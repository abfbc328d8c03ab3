import { z } from "zod";
import { MAX_DELAY_MS } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import { isDuration, parseDuration } from "../format/duration.ts";
import type { CallContext, PropertyContext } from "./call_context.ts";
import type { ArrayEncoding, DeviceFunctions, Driver, MethodDefinition, ObjectSchema } from "./contract.ts";
import { refuseUnknownKeys } from "./known_keys.ts";
import { checkedProperties } from "./property.ts";
import { RESERVED_STREAM_KEYS } from "../wire/stream_query.ts";
import type { Permissions } from "../wire/driver.ts";
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

const METHOD_KEYS = Object.keys(
  { summary: true, input: true, limit: true, run: true } satisfies Record<keyof MethodDefinition<unknown>, true>,
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
 * The declaration of a driver. Everything but `name` and `create` is optional.
 *
 * @example Permissions that depend on the params
 * ```ts
 * import { z } from "zod";
 * import { defineDriver } from "labdaemon/driver";
 *
 * const declaration = {
 *   name: "Laser",
 *   params: z.object({ host: z.string() }),
 *   permissions: ({ host }: { host: string }) => ({ net: [`${host}:5025`] }),
 *   create: () => ({}),
 * };
 * console.assert(defineDriver(declaration).permissions({ host: "laser" }).net !== undefined);
 * ```
 */
export interface DriverDeclaration<
  Params extends ObjectSchema,
  Options extends ObjectSchema,
  Sample extends z.ZodType,
  // `& object`: a device that has methods only shares no name with the host's functions.
  Device extends DeviceFunctions<z.output<Options>, unknown> & object,
  Inputs extends Record<string, unknown>,
  Values extends Record<string, unknown> = Record<never, never>,
> {
  /** The device type. Starts with a letter; letters, digits and `_`. */
  name: string;
  /** One line, for people. */
  summary?: string;
  /**
   * The schema of what makes a device: an address, channels. They do not change while the device exists. The schema
   * refuses unknown keys unless it has a catchall of its own. Without it: no params.
   */
  params?: Params;
  /**
   * The schema of one streaming run's options: `sample_rate`, a gain. Unknown keys are refused as in `params`. The query
   * keys of a stream (`since`, `past`, `max_rate`, `thin`, `waits`, `no_samples`, `devices`, `ticket`) cannot be options.
   * Without it: no options.
   */
  options?: Options;
  /** The schema of one sample, for documentation and plots. Samples are not validated against it. */
  sample?: Sample;
  /**
   * The encoding of typed arrays in samples and results.
   *
   * @default {"json"}
   */
  arrays?: ArrayEncoding;
  /**
   * The permissions of the device's process. Called in a process without any. The bench file can narrow or extend them.
   * Without it: none, no network and no files.
   */
  permissions?(params: z.output<Params>): Permissions;
  /**
   * The name of what the device shares with others: `tcp:gateway:502`, `serial:/dev/ttyUSB0`. Devices with the same name
   * live in one process, also those of other drivers, and take turns on one connection by `share`. `undefined`: a process
   * of its own. Called where `permissions` is. A bus or a process that the bench file names comes before it.
   */
  bus?(params: z.output<Params>): string | undefined;
  /**
   * Makes the device. Called once in each process, with valid params. It must have no side effects: open nothing here, but
   * in `connect`. A device with only some of `startStreaming`, `stopStreaming` and `isStreaming` is refused.
   */
  create(params: z.output<Params>): Device;
  /** The named actions, by name. A name does not begin with `_`. */
  methods?: {
    [Name in keyof Inputs]: {
      summary?: string;
      input?: ObjectSchema & z.ZodType<Inputs[Name]>;
      limit?: string | number;
      run(device: NoInfer<Device>, input: NoInfer<Inputs[Name]>, context: CallContext): unknown;
    };
  };
  /**
   * What can be read and set, by name: a voltage, a range, an output. A name starts with a letter; letters, digits and
   * `_`. A snapshot of the bench is restored in the order of declaration, so what limits another comes before it: a
   * range before its setpoint, and the switch of an output last.
   */
  properties?: {
    [Name in keyof Values]: {
      schema: z.ZodType<Values[Name]>;
      summary?: string;
      get?(device: NoInfer<Device>, context: PropertyContext): NoInfer<Values[Name] | Promise<Values[Name]>>;
      set?(device: NoInfer<Device>, value: NoInfer<Values[Name]>, context: PropertyContext): unknown;
    };
  };
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
  for (const [method, definition] of Object.entries<MethodDefinition<Device>>(methods)) {
    const { run, limit } = definition;
    refuseUnknownKeys(`method "${method}"`, definition, METHOD_KEYS, refuse);
    if (method.startsWith("_")) refuse(`the name of method "${method}" begins with _: such methods cannot be called`);
    if (typeof run !== "function") refuse(`method "${method}" has no run(device, input) function`);
    if (limit !== undefined && limitMs(limit) === undefined) {
      refuse(
        `the limit of method "${method}" is ${
          JSON.stringify(limit)
        }; it must be a text such as "10min", or milliseconds`,
      );
    }
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
    methods: Object.fromEntries(
      Object.entries<MethodDefinition<Device>>(methods)
        .map(([method, definition]) => [
          method,
          {
            ...definition,
            input: strict(`the input of method "${method}"`, definition.input),
            run: (device, input, context) =>
              definition.run(device as Device, input, { progress: () => {}, ...context }),
          } satisfies MethodDefinition<unknown>,
        ]),
    ) as Driver["methods"],
    properties: checkedProperties(properties as Driver["properties"], refuse),
  };
  defined.add(driver);
  return Object.freeze(driver);
}

/**
 * The limit of a method in milliseconds; `undefined` if it is no duration longer than zero and no longer than 596 hours.
 *
 * @example
 * ```ts
 * import { limitMs } from "./define_driver.ts";
 *
 * console.assert(limitMs("10min") === 600_000 && limitMs(-1) === undefined);
 * ```
 */
export function limitMs(limit: string | number): number | undefined {
  const ms = isDuration(limit) ? parseDuration(limit) : limit;
  return typeof ms === "number" && ms > 0 && ms <= MAX_DELAY_MS ? ms : undefined;
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
