import type { z } from "zod";
import type { Permissions } from "../wire/driver.ts";
import type { CallContext, PropertyContext } from "./call_context.ts";
import type { ArrayEncoding, DeviceFunctions } from "./contract.ts";
import type { ObjectSchema } from "./method.ts";

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
   * keys of a stream (`since`, `past`, `max_rate`, `thin`, `waits`, `no_samples`, `joins`, `devices`, `ticket`) cannot be options.
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
   * The name of the line or the address that the device shares with others: `tcp:gateway:502`, `serial:/dev/ttyUSB0`.
   * Devices with the same name live in one process, also those of other drivers, and take turns on one connection by
   * `share`. `undefined`: a process of its own. Called in the same process as `permissions`. A bus or a process in the
   * bench file takes precedence.
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
   * The values that can be read and set, by name: a voltage, a range, an output. A name starts with a letter; letters,
   * digits and `_`. A snapshot of the bench is restored in the order of declaration, so a property that limits another
   * comes first: a range before its setpoint, and the switch of an output last.
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
