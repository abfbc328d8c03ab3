/**
 * The commands about tasks.
 *
 * @module
 */
import type { TaskStatus, TaskTypeStatus } from "../../../client/mod.ts";
import { plainLine } from "../../../format/plain_line.ts";
import type { Colour } from "../../terminal/paint.ts";
import { type Cell, table } from "../../terminal/table.ts";
import { jsonObject } from "../../command_line.ts";
import { mergeFields, readNamedFields } from "../input/fields.ts";
import type { AddCommand, Ctl } from "./ctl.ts";
import { DATA_OUTPUT, type DataOptions, type Form, JSON_OUTPUT, OUTPUT, printData } from "../view/data.ts";

const HEADINGS = ["TASK", "TYPE", "STATUS", "STEPS", "DEVICES", "BY", "STARTED", "PROGRESS"];

const COLOURS: Readonly<Partial<Record<TaskStatus["status"], Colour>>> = {
  running: "green",
  asking: "yellow",
  resuming: "yellow",
  failed: "red",
};

interface StartOptions extends DataOptions {
  json?: Record<string, unknown>;
  devices?: string;
  record?: true;
  wait?: true;
}

/** `ctl task` */
export const task: AddCommand = (program, ctl) => {
  const group = program.command("task").description("programs of the daemon that own devices while they run");
  group.command("list")
    .description("the tasks that run, and the last that have ended")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out, paint } = ctl();
      const tasks = await api.tasks.list();
      if (output !== "table") return await printData(ctl(), output, { tasks });
      if (tasks.length === 0) return await out.print("There are no tasks");
      for (const line of table(HEADINGS, tasks.map(rowOf), paint, out.size.columns)) await out.print(line);
    });
  group.command("types")
    .description("the types of tasks, with their params")
    .addOption(OUTPUT).addOption(JSON_OUTPUT)
    .action(async ({ output }: DataOptions) => {
      const { api, out } = ctl();
      const types = await api.tasks.types();
      if (output !== "table") return await printData(ctl(), output, { task_types: types });
      if (types.length === 0) return await out.print("There are no task types: a task is a file in the folder tasks");
      for (const type of types) await out.print(typeWords(type));
    });
  group.command("start <task> <type> [params...]")
    .description("start a task, with params as key=value")
    .option("--json <object>", 'further params as JSON, such as \'{"channels": ["voltage"]}\'', jsonObject)
    .option("--devices <ids>", "devices that it owns beside those that its params name, with commas between them")
    .option("--record", "record its devices while it runs")
    .option("--wait", "wait until it has ended, and print its result")
    .addOption(DATA_OUTPUT)
    .action(
      async (id: string, type: string, words: string[], { json, devices, record, wait, output }: StartOptions) => {
        const { api, out } = ctl();
        const schema = (await api.tasks.types()).find((it) => it.name === type)?.params ?? {};
        const params = mergeFields(json, readNamedFields(words, schema));
        await api.tasks.execute(id, type, {
          params,
          record,
          ...devices !== undefined && { device_ids: devices.split(",") },
        });
        if (wait) return await printEnd(ctl(), id, output);
        await out.print(id);
      },
    );
  group.command("show <task>")
    .description("a task with its result, or its error, and its last lines")
    .addOption(DATA_OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { output }: DataOptions) => {
      await printData(ctl(), output, await ctl().api.tasks.get(id));
    });
  group.command("wait <task>").description("wait until a task has ended, and print its result")
    .addOption(DATA_OUTPUT).addOption(JSON_OUTPUT)
    .action(async (id: string, { output }: DataOptions) => await printEnd(ctl(), id, output));
  group.command("cancel <task>").description("end a task: its devices are made safe")
    .action(async (id: string) => void await ctl().api.tasks.cancel(id));
  group.command("pause <task>").description("pause a task at its next checkpoint")
    .action(async (id: string) => void await ctl().api.tasks.pause(id));
  group.command("resume <task>").description("let a paused task go on")
    .action(async (id: string) => void await ctl().api.tasks.resume(id));
  group.command("answer <task> <choice>").description("answer the question of a task")
    .action(async (id: string, choice: string) => void await ctl().api.tasks.answer(id, choice));
  group.command("set <task> <key> <value>").description("change a parameter of a task that runs")
    .action(async (id: string, key: string, text: string) => {
      const { api, out } = ctl();
      const types = await api.tasks.types();
      const { task_type } = await api.tasks.get(id);
      const schema = types.find(({ name }) => name === task_type)?.parameters ?? {};
      const { [key]: value } = readNamedFields([`${key}=${text}`], schema);
      await out.printJson(await api.tasks.setParameter(id, key, value));
    });
};

async function printEnd(ctl: Ctl, id: string, output: Form): Promise<void> {
  const { status, result, exception } = await ctl.api.tasks.ended(id);
  if (status === "completed") return await printData(ctl, output, result);
  throw new Error(`the task ${id} ${exception ? `has failed: ${exception.error.message}` : `is ${status}`}`);
}

function rowOf(
  { task_id, task_type, status, steps, device_ids, by, started_at, progress, question }: TaskStatus,
): Cell[] {
  const colour = COLOURS[status];
  const done = progress?.fraction === null || !progress ? "" : `${Math.round(progress.fraction * 100)} % `;
  return [
    ...[task_id, task_type],
    colour ? { text: status, colour } : status,
    String(steps.done),
    device_ids.join(","),
    by,
    started_at.slice(0, 19).replace("T", " "),
    question
      ? `${plainLine(question.text)}: ${question.choices.join(", ")}?`
      : `${done}${plainLine(progress?.text ?? "")}`,
  ];
}

function typeWords({ name, file, error, summary, params }: TaskTypeStatus): string {
  if (error && !params) return `${name ?? file}: ${plainLine(error.message)}`;
  const properties = Object.entries((params?.properties ?? {}) as Record<string, Record<string, unknown>>);
  const lines = properties.map(([key, { type, default: fallback, unit, description, device }]) => {
    const kind = device === true ? "device" : String(type ?? "any");
    const value = fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`;
    return `  ${key}: ${kind}${value}${unit ? ` ${unit}` : ""}${description ? `  ${description}` : ""}`;
  });
  return [`${name}${summary ? `: ${summary}` : ""}`, ...lines].join("\n");
}
