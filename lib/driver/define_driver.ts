import { z } from "zod";
import { LabError } from "../errors.ts";
import type {
  ArrayEncoding,
  CallContext,
  DeviceFunctions,
  Driver,
  MethodDefinition,
  ObjectSchema,
} from "./contract.ts";
import type { Permissions } from "../wire/driver.ts";

/** What the query of a stream says to the daemon itself. */
const RESERVED_OPTIONS = ["since", "max_rate", "thin", "devices"];

/** What an author declares. Everything but `name` and `create` may be left out. */
export interface DriverDeclaration<
  Params extends ObjectSchema,
  Options extends ObjectSchema,
  Sample extends z.ZodType,
  // `& object`: a device that has methods only shares no name with the host's functions.
  Device extends DeviceFunctions<z.output<Options>, unknown> & object,
  Inputs extends Record<string, unknown>,
> {
  /** The device type. Starts with a letter; letters, digits and `_`. */
  name: string;
  /** One line, for people. */
  summary?: string;
  /** What makes a device: fixed for its life. */
  params?: Params;
  /** What shapes one streaming run: `sample_rate`, channels. */
  options?: Options;
  /** What one sample looks like. */
  sample?: Sample;
  /**
   * How typed arrays travel.
   *
   * @default {"json"}
   */
  arrays?: ArrayEncoding;
  /** What the driver needs to reach. Without it: nothing, no network and no files. */
  permissions?(params: z.output<Params>): Permissions;
  /** Makes the device. No side effects: those belong into `connect`. */
  create(params: z.output<Params>): Device;
  /** The named actions. */
  methods?: {
    [Name in keyof Inputs]: {
      summary?: string;
      input?: ObjectSchema & z.ZodType<Inputs[Name]>;
      run(device: NoInfer<Device>, input: NoInfer<Inputs[Name]>, context: CallContext): unknown;
    };
  };
}

/**
 * Declares a driver: data for the host, documentation for people, types for the author.
 *
 * @example A whole driver
 * ```ts
 * import { z } from "zod";
 * import { defineDriver, every } from "./mod.ts";
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
 * @throws {LabError} `InvalidRequest`, if the declaration cannot work: a bad name, a schema that is not an object's, a
 * push device that lacks one of its three functions is found when it is created.
 */
export function defineDriver<
  Params extends ObjectSchema = z.ZodObject<Record<never, never>>,
  Options extends ObjectSchema = z.ZodObject<Record<never, never>>,
  Sample extends z.ZodType = z.ZodType,
  Device extends DeviceFunctions<z.output<Options>, unknown> & object = DeviceFunctions<z.output<Options>, unknown>,
  Inputs extends Record<string, unknown> = Record<never, never>,
>(declaration: DriverDeclaration<Params, Options, Sample, Device, Inputs>): Driver {
  const { name, summary = "", params, options, sample, arrays = "json", permissions, create, methods = {} } =
    declaration;
  const refuse = (problem: string): never => {
    throw new LabError("InvalidRequest", `Cannot define driver ${JSON.stringify(name)}: ${problem}`);
  };
  if (typeof name !== "string" || !/^[A-Za-z]\w*$/.test(name)) {
    refuse("its name must start with a letter and hold letters, digits and _ only");
  }
  for (const taken of RESERVED_OPTIONS) {
    if (options && Object.hasOwn(options.shape ?? {}, taken)) {
      refuse(`its option "${taken}" has a name that is taken in queries`);
    }
  }
  if (typeof create !== "function") refuse("it has no create(params) function");
  for (const [method, { run }] of Object.entries<MethodDefinition<Device>>(methods)) {
    if (method.startsWith("_")) refuse(`the name of method "${method}" begins with _, which nobody could call`);
    if (typeof run !== "function") refuse(`method "${method}" has no run(device, input) function`);
  }
  // A misspelt key is a mistake to tell, never one to drop: every schema refuses what it does not know.
  const strict = (what: string, schema: ObjectSchema = z.object({})): ObjectSchema => {
    if (schema?.def?.type !== "object") refuse(`${what} must be an object's schema, z.object({ … })`);
    return schema.def.catchall ? schema : schema.strict();
  };
  return {
    name,
    summary,
    params: strict("params", params),
    options: strict("options", options),
    sample,
    arrays,
    permissions: (permissions ?? (() => ({}))) as Driver["permissions"],
    create: create as Driver["create"],
    methods: Object.fromEntries(
      Object.entries<MethodDefinition<Device>>(methods)
        .map(([method, definition]) => [method, {
          ...definition,
          input: strict(`the input of method "${method}"`, definition.input),
        }]),
    ) as Driver["methods"],
  };
}

/** Whether something is a driver, as far as can be seen. */
export function isDriver(value: unknown): value is Driver {
  const driver = value as Partial<Driver> | null;
  return typeof driver === "object" && driver !== null && typeof driver.name === "string" &&
    typeof driver.create === "function" && typeof driver.params?.safeParse === "function";
}
