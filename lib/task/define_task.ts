import { z } from "zod";
import { defineDriver, type Driver, LabError, type ObjectSchema, type Permissions } from "../driver/mod.ts";
import type { OnUnknown } from "../wire/tasks/task.ts";
import { devicesIn } from "./device_param.ts";
import type { TaskContext } from "./task_context.ts";
import { TASK_REQUEST, type TaskAnswer } from "./task_request.ts";
import { TaskRun } from "./task_run.ts";

/** A task, as its author declares it. */
export interface TaskDeclaration<Params extends ObjectSchema, Parameters extends ObjectSchema> {
  /** The task type: letters, digits and `_`. */
  name: string;
  /** One line for people. */
  summary?: string;
  /** The schema of its params. Devices in it are {@linkcode deviceParam}s: the task owns them while it runs. */
  params?: Params;
  /** The parameters that can be changed while it runs; every key has a default. */
  parameters?: Parameters;
  /** The devices that the task owns besides those in its params. */
  devices?(params: z.output<Params>): string[];
  /** The permissions of the task's process. Devices need none. */
  permissions?: Permissions;
  /**
   * The treatment of a step that began and is not known to have ended, when the task is resumed after a crash.
   *
   * @default {"ask"}
   */
  onUnknown?: OnUnknown;
  /**
   * Runs the task. Its return value is the task's result, and must survive JSON; an error that it throws is the task's
   * failure.
   */
  run(context: TaskContext<z.output<Params>, z.output<Parameters>>): Promise<unknown> | unknown;
}

/** A task: the default export of a file in `tasks/`. */
export type Task = Driver;

const runSchema = z.object({ task_id: z.string(), run: z.int().positive() });
const answerSchema = z.object({ id: z.int(), result: z.unknown().optional(), error: z.unknown().optional() });

/**
 * Defines a task. In its process it has the form of a driver, whose samples are its requests to the daemon.
 *
 * @example
 * ```ts
 * import { defineTask, deviceParam } from "labdaemon/task";
 * import { z } from "zod";
 *
 * const Ramp = defineTask({
 *   name: "Ramp",
 *   params: z.object({ supply: deviceParam(), to: z.number().meta({ unit: "V" }) }),
 *   async run(context) {
 *     const supply = context.device(context.params.supply);
 *     for (let volts = 0; volts <= context.params.to; volts++) {
 *       await context.step(`${volts} V`, () => supply.set("voltage", volts));
 *     }
 *   },
 * });
 * console.assert(Ramp.name === "Ramp");
 * ```
 *
 * @throws {LabError} `InvalidRequest`, if it cannot be a task.
 */
export function defineTask<
  Params extends ObjectSchema = z.ZodObject<Record<never, never>>,
  Parameters extends ObjectSchema = z.ZodObject<Record<never, never>>,
>(declaration: TaskDeclaration<Params, Parameters>): Task {
  const { name, summary, permissions, onUnknown = "ask", run, devices = () => [] } = declaration;
  const params: ObjectSchema = declaration.params ?? z.object({});
  const parameters: ObjectSchema = (declaration.parameters ?? z.object({})).strict();
  if (!parameters.safeParse({}).success) {
    throw new LabError("InvalidRequest", `Cannot define the task ${name}: each of its parameters needs a default`);
  }
  const schema = z.toJSONSchema(params, { io: "input", unrepresentable: "any" });
  const parametersSchema = z.toJSONSchema(parameters, { io: "input", unrepresentable: "any" });
  const task = { on_unknown: onUnknown, parameters: parametersSchema };
  return defineDriver({
    name,
    summary,
    params,
    options: runSchema,
    sample: z.any().meta({ title: TASK_REQUEST, task }),
    permissions: () => permissions ?? {},
    create: (values: Record<string, unknown>) =>
      new TaskRun({
        params: values,
        claims: [...new Set([...devicesIn(schema, values), ...devices(values as z.output<Params>)])],
        parameters: parameters.parse({}),
        checkParameter: (key, value) => checked(parameters, key, value),
        run: (context) => run(context as unknown as TaskContext<z.output<Params>, z.output<Parameters>>),
      }),
    methods: {
      claims: { run: (task) => task.claims },
      answer: { input: answerSchema, run: (task, answer) => task.answer(answer as TaskAnswer) },
      cancel: { run: (task) => task.cancel() },
      get_parameters: { run: (task) => task.parameters },
      set_parameter: {
        input: z.object({ key: z.string(), value: z.unknown() }),
        run: (task, { key, value }) => task.setParameter(key, value),
      },
    },
  }) as Driver;
}

function checked(parameters: ObjectSchema, key: string, value: unknown): unknown {
  const schema = Object.hasOwn(parameters.shape, key) ? parameters.shape[key] as z.ZodType : undefined;
  const attempt = `Cannot set the parameter "${key}"`;
  if (!schema) {
    const known = Object.keys(parameters.shape).join(", ") || "none";
    throw new LabError("InvalidRequest", `${attempt}: there is no such parameter; known are ${known}`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new LabError("InvalidRequest", `${attempt}: ${error.issues.map(({ message }) => message).join("; ")}`);
}
