import { commandedBy, defineTask, readChannel, type TaskContext } from "labdaemon/task";
import { parse } from "yaml";
import { z } from "zod";

const place = z.string().regex(/^[\w.-]+\.\w+$/, "expected device.name").transform((text) => {
  const dot = text.lastIndexOf(".");
  return { device: text.slice(0, dot), name: text.slice(dot + 1) };
});
const list = z.union([z.string().transform((it) => [it]), z.array(z.string())]);

type Step =
  | { set: z.output<typeof place>; to: unknown }
  | { call: z.output<typeof place>; with: Record<string, unknown> }
  | { read: string[] }
  | { wait: number }
  | { note: string }
  | { ask: string }
  | { safe: string }
  | { repeat: number; steps: Step[] };

const step: z.ZodType<Step> = z.lazy(() =>
  z.union([
    z.strictObject({ set: place, to: z.unknown() }),
    z.strictObject({ call: place, with: z.record(z.string(), z.unknown()).default({}) }),
    z.strictObject({ read: list }),
    z.strictObject({ wait: z.number().min(0) }),
    z.strictObject({ note: z.string() }),
    z.strictObject({ ask: z.string() }),
    z.strictObject({ safe: z.string() }),
    z.strictObject({ repeat: z.int().min(1).max(10_000), steps: z.array(step) }),
  ], { error: "expected one of set/to, call/with, read, wait, note, ask, safe, repeat/steps" })
);

/** @throws {Error} with the place of what is wrong. */
function stepsOf(text: string): Step[] {
  const { success, data, error } = z.array(step).safeParse(parse(text));
  if (success) return data;
  const [{ path, message }] = error.issues;
  throw new Error(`Cannot use the steps: ${path.length > 0 ? `step ${Number(path[0]) + 1}: ` : ""}${message}`);
}

function devicesOf(steps: readonly Step[]): string[] {
  return steps.flatMap((it) => {
    if ("set" in it) return [it.set.device];
    if ("call" in it) return [it.call.device];
    if ("read" in it) return commandedBy(it.read);
    if ("safe" in it) return [it.safe];
    return "steps" in it ? devicesOf(it.steps) : [];
  });
}

async function perform(context: TaskContext, steps: readonly Step[], prefix = ""): Promise<void> {
  for (const [i, it] of steps.entries()) {
    const name = `${prefix}${i + 1}`;
    if ("repeat" in it) {
      for (let n = 1; n <= it.repeat; n++) await perform(context, it.steps, `${name}.${n}.`);
    } else {
      await context.step(`step ${name}`, () => act(context, it, name));
    }
  }
}

async function act(context: TaskContext, step: Step, name: string): Promise<unknown> {
  if ("set" in step) return await context.device(step.set.device).set(step.set.name, step.to);
  if ("call" in step) return await context.device(step.call.device).callNamed(step.call.name, step.with);
  if ("wait" in step) return await context.delay(step.wait * 1000);
  if ("note" in step) return await context.note(step.note);
  if ("safe" in step) return void await context.device(step.safe).makeSafe(`step ${name} of ${context.taskId}`);
  if ("ask" in step) {
    if (await context.askPerson(step.ask, ["yes", "no"]) === "no") throw new Error(`a person said no to: ${step.ask}`);
  }
  if ("read" in step) {
    const row: Record<string, unknown> = {};
    for (const channel of step.read) row[channel] = await readChannel(context, channel);
    await context.save(`step ${name}`, row);
    return row;
  }
}

const EXAMPLE = `- set: psu1.voltage
  to: 3
- wait: 0.5
- read: psu1.current
`;

/** Does steps that stand in a YAML text, one after the other. */
export default defineTask({
  name: "Sequence",
  summary: "Does steps from a YAML text: set, call, read, wait, note, ask, safe, repeat",
  params: z.object({
    steps: z.string().min(1).meta({
      description: "The steps, as a YAML list",
      format: "multiline",
      examples: [EXAMPLE],
    }),
  }),
  devices: ({ steps }) => devicesOf(stepsOf(steps)),
  async run(context) {
    await perform(context as unknown as TaskContext, stepsOf(context.params.steps));
  },
});
