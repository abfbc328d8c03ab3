import type { z } from "zod";
import { MAX_DELAY_MS } from "../async/mod.ts";
import { isDuration, parseDuration } from "../format/duration.ts";
import type { CallContext } from "./call_context.ts";
import { type Refuse, refuseUnknownKeys } from "./known_keys.ts";

/**
 * A schema of named values. The driver gets its output: validated, with defaults filled in.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import type { ObjectSchema } from "labdaemon/driver";
 *
 * const options: ObjectSchema = z.object({ sample_rate: z.number().positive().default(10).meta({ unit: "Hz" }) });
 * console.assert(options.parse({}).sample_rate === 10);
 * ```
 */
export type ObjectSchema = z.ZodObject;

/**
 * One named action. `Device` is the type that `create` returns, `Schema` the schema of its arguments.
 *
 * @example A method that takes minutes, and ends when it is cancelled
 * ```ts
 * import { type CallContext, defineDriver, delay } from "labdaemon/driver";
 *
 * const driver = defineDriver({
 *   name: "Stage",
 *   create: () => ({
 *     async home({ signal, progress }: CallContext) {
 *       for (let step = 0; step < 10; step++) {
 *         await delay(1, { signal });
 *         progress((step + 1) / 10, "moving to the origin");
 *       }
 *       return "home";
 *     },
 *   }),
 *   methods: {
 *     home: { summary: "Move to the origin", limit: "10min", run: (stage, _input, context) => stage.home(context) },
 *   },
 * });
 * const { signal } = new AbortController();
 * console.assert(await driver.methods.home.run(driver.create({}), {}, { signal }) === "home");
 * ```
 */
export interface MethodDefinition<Device, Schema extends ObjectSchema = ObjectSchema> {
  /** One line, for people. */
  summary?: string;
  /** The schema of the named arguments. Unknown keys are refused. Without it: no arguments. */
  input?: Schema;
  /**
   * The time that one call may take: a text such as `"10min"` or `"500ms"`, or a number of milliseconds. It begins when
   * the call gets the device's lock. Without it: the call limit of the device (30 s by default). Clients wait for the
   * same time.
   */
  limit?: string | number;
  /**
   * Executes the method. Called under the device's lock: one method at a time, in the order of the requests. The result
   * must survive JSON. An error goes to the caller; the device stays connected.
   *
   * In a test, `progress` may be left out of the context.
   */
  run(device: Device, input: z.output<Schema>, context: Pick<CallContext, "signal"> & Partial<CallContext>): unknown;
}

const METHOD_KEYS = Object.keys(
  { summary: true, input: true, limit: true, run: true } satisfies Record<keyof MethodDefinition<unknown>, true>,
);

/**
 * The methods of a declaration, checked.
 *
 * @param strict Makes a schema refuse unknown keys.
 * @param refuse Called with the problem of a declaration that cannot work. Throws.
 */
export function checkedMethods(
  methods: Readonly<Record<string, MethodDefinition<unknown>>>,
  strict: (what: string, schema?: ObjectSchema) => ObjectSchema,
  refuse: Refuse,
): Record<string, MethodDefinition<unknown>> {
  return Object.fromEntries(
    Object.entries(methods).map(([name, definition]) => {
      const { run, limit, input } = definition;
      refuseUnknownKeys(`method "${name}"`, definition, METHOD_KEYS, refuse);
      if (name.startsWith("_")) refuse(`the name of method "${name}" begins with _: such methods cannot be called`);
      if (typeof run !== "function") refuse(`method "${name}" has no run(device, input) function`);
      if (limit !== undefined && limitMs(limit) === undefined) {
        const found = JSON.stringify(limit);
        refuse(`the limit of method "${name}" is ${found}; it must be a text such as "10min", or milliseconds`);
      }
      return [
        name,
        {
          ...definition,
          input: strict(`the input of method "${name}"`, input),
          run: (device, input, context) => definition.run(device, input, { progress: () => {}, ...context }),
        } satisfies MethodDefinition<unknown>,
      ];
    }),
  );
}

/**
 * The limit of a method in milliseconds; `undefined` if it is no duration longer than zero and no longer than 596 hours.
 *
 * @example
 * ```ts
 * import { limitMs } from "./method.ts";
 *
 * console.assert(limitMs("10min") === 600_000 && limitMs(-1) === undefined);
 * ```
 */
export function limitMs(limit: string | number): number | undefined {
  const ms = isDuration(limit) ? parseDuration(limit) : limit;
  return typeof ms === "number" && ms > 0 && ms <= MAX_DELAY_MS ? ms : undefined;
}
