import { commandedBy, defineTask, readChannel, type TaskContext } from "labdaemon/task";
import { parse } from "yaml";
import { z } from "zod";

const place = z.string().refine((text) => /^[\w.-]+\.\w+$/.test(text), "expected device.name").transform((text) => {
  const dot = text.lastIndexOf(".");
  return { device: text.slice(0, dot), name: text.slice(dot + 1) };
});
const channels = z.union([z.string().transform((it) => [it]), z.array(z.string())], {
  error: "expected a channel, or a list of channels",
});

/** The kinds of steps, by the key that only they have. */
const KINDS = {
  set: z.strictObject({ set: place, to: z.unknown() }),
  call: z.strictObject({ call: place, with: z.record(z.string(), z.unknown()).default({}) }),
  read: z.strictObject({ read: channels }),
  wait: z.strictObject({ wait: z.number().min(0) }),
  note: z.strictObject({ note: z.string() }),
  ask: z.strictObject({ ask: z.string() }),
  safe: z.strictObject({ safe: z.string() }),
  repeat: z.strictObject({ repeat: z.int().min(1).max(10_000), steps: z.array(z.unknown()) }),
};

type Simple = Exclude<z.output<(typeof KINDS)[keyof typeof KINDS]>, { repeat: number }>;
type Step = Simple | { repeat: number; steps: Step[] };
type Refuse = (issue: z.core.$ZodRawIssue) => void;

/** The steps of a YAML text. What is wrong goes to `refuse`, with its place in the list. */
function stepsOf(text: string, refuse: Refuse = () => {}): Step[] {
  try {
    return stepsIn(parse(text), [], refuse);
  } catch (error) {
    const [problem] = String((error as Error).message).split("\n");
    refuse({ code: "custom", path: [], input: text, message: `expected a YAML list of steps: ${problem}` });
    return [];
  }
}

function stepsIn(list: unknown, path: PropertyKey[], refuse: Refuse): Step[] {
  const expected = (words: string, input: unknown, path: PropertyKey[]) => {
    const found = JSON.stringify(input);
    const message = `expected ${words}, found ${found.length > 60 ? `${found.slice(0, 60)}…` : found}`;
    refuse({ code: "custom", path, input, message });
    return [];
  };
  if (!Array.isArray(list)) return expected("a YAML list of steps", list, path);
  return list.flatMap((it, i): Step[] => {
    const at = [...path, i];
    const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((key) => Object.hasOwn(Object(it), key));
    if (!kind) return expected("one of set/to, call/with, read, wait, note, ask, safe, repeat/steps", it, at);
    // The words are chosen where the params are checked.
    const { data, error } = KINDS[kind].safeParse(it, { error: () => "", reportInput: true });
    for (const issue of error?.issues ?? []) refuse({ ...issue, path: [...at, ...issue.path] } as z.core.$ZodRawIssue);
    if (!data) return [];
    return ["repeat" in data ? { ...data, steps: stepsIn(data.steps, [...at, "steps"], refuse) } : data];
  });
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
    steps: z.string().min(1).superRefine((text, { issues }) => {
      stepsOf(text, (issue) => issues.push(issue));
    }).meta({
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
