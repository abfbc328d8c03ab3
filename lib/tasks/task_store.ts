import { join } from "node:path";
import { z } from "zod";
import { cutEnd, readLinesAfter, readLinesBefore } from "../access/file_lines.ts";
import { answered } from "../access/folder_answer.ts";
import {
  appendDurably,
  listFolder,
  makePrivateFolder,
  markOf,
  parseKept,
  readIfThere,
  removeFolder,
  writePrivately,
} from "../access/private_file.ts";
import { LabError, messageOf } from "../errors.ts";
import { MAX_REQUEST_CHARS } from "../task/task_request.ts";
import { errorReportSchema } from "../wire/error_report.ts";
import { TASK_STATES, type TaskData } from "../wire/tasks/task.ts";
import { type StepLine, stepLineSchema } from "./step_table.ts";

const recordSchema = z.object({
  version: z.literal(1),
  task_id: z.string(),
  task_type: z.string(),
  params: z.record(z.string(), z.unknown()),
  device_ids: z.array(z.string()),
  /** The devices that its request named. */
  asked_ids: z.array(z.string()),
  by: z.string(),
  /** The devices that the person who started the task may use; `null` for all. */
  allowed: z.array(z.string()).nullable(),
  state: z.enum(TASK_STATES),
  runs: z.int().nonnegative(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  paused: z.boolean(),
  cancelled: z.boolean(),
  parameters: z.record(z.string(), z.unknown()),
  /** The task's present lease. Its token is in this file only. */
  lease: z.object({ id: z.string(), token: z.string() }).nullable(),
  recording_id: z.string().nullable().default(null),
  result: z.unknown().optional(),
  exception: errorReportSchema.nullable(),
  /** The error that `GET /tasks/{task_id}/error` answers. */
  error: errorReportSchema.nullable(),
});
/** A task, as it is stored. */
export type TaskRecord = z.output<typeof recordSchema>;

/** The most that one answer has of a task's data, in bytes. */
const MAX_DATA_BYTES = 1024 * 1024;

/** The longest row: each character of a request may take three bytes. */
const MAX_ROW_BYTES = 3 * MAX_REQUEST_CHARS + 1024;

/** The most bytes of steps that are read. */
const MAX_STEP_BYTES = 256 * 1024 * 1024;

/** The files of one task: `task.json`, `steps.jsonl`, `data.jsonl`. */
export class TaskStore {
  readonly folder: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The tasks in a folder; a file that cannot be read is reported. */
  static async readAll(folder: string, failed: (file: string, error: unknown) => void) {
    const found: { store: TaskStore; record: TaskRecord; steps: StepLine[] }[] = [];
    for (const name of await listFolder(folder)) {
      const store = new TaskStore(join(folder, name));
      let file = join(store.folder, "task.json");
      try {
        const version = await readIfThere(file);
        if (!version) await store.#removeUnstarted();
        else {
          const record = parseKept(version.text, recordSchema);
          file = join(store.folder, "steps.jsonl");
          found.push({ store, record, steps: await store.#readSteps() });
        }
      } catch (error) {
        failed(file, error);
      }
    }
    return found;
  }

  async create(record: TaskRecord): Promise<void> {
    await this.#work("Cannot keep the task", async () => {
      await makePrivateFolder(this.folder);
      await writePrivately(join(this.folder, "task.json"), `${JSON.stringify(record, null, 2)}\n`);
    });
  }

  /** Writes the value of `record` when its turn comes. */
  async write(record: () => TaskRecord): Promise<void> {
    await this.#work(
      "Cannot keep the task",
      () => writePrivately(join(this.folder, "task.json"), `${JSON.stringify(record(), null, 2)}\n`),
    );
  }

  /** Appends the outcome of a step. It is on the disk when this resolves. */
  async appendStep(line: StepLine): Promise<void> {
    await this.#append("steps.jsonl", line);
  }

  async appendData(row: TaskData["rows"][number]): Promise<void> {
    await this.#append("data.jsonl", row);
  }

  /** The rows of data from an offset of the file on: `next` of the last answer, or 0. */
  async readData(after: number): Promise<TaskData> {
    const path = join(this.folder, "data.jsonl");
    const attempt = "Cannot read the data of the task";
    const read = (maxBytes: number) => answered(() => readLinesAfter(path, after, maxBytes), attempt);
    let lines = await read(MAX_DATA_BYTES);
    // The next row is larger than an answer should be.
    if (lines.length === 0) lines = (await read(MAX_ROW_BYTES)).slice(0, 1);
    const last = lines.at(-1);
    const next = last ? last.at + new TextEncoder().encode(last.text).length + 1 : after;
    try {
      return { rows: lines.map(({ text }) => JSON.parse(text)), next };
    } catch (cause) {
      throw new LabError("InvalidRequest", `${attempt}: ${after} is not the "next" of an answer`, { cause });
    }
  }

  async remove(): Promise<void> {
    await this.#work("Cannot remove the task", () => removeFolder(this.folder));
  }

  /**
   * Removes the task if it was never started: the daemon has died while it made the task.
   *
   * @throws {Error} if there is something that the task did.
   */
  async #removeUnstarted(): Promise<void> {
    for (const name of ["steps.jsonl", "data.jsonl"]) {
      if (await markOf(join(this.folder, name))) throw new Error(`it is missing, and ${name} is there`);
    }
    await this.remove();
  }

  /** Reads the steps. Cuts off an incomplete last line, whose request was never answered. */
  async #readSteps(): Promise<StepLine[]> {
    const path = join(this.folder, "steps.jsonl");
    const { lines, restBytes } = await readLinesBefore(path, undefined, MAX_STEP_BYTES);
    if (restBytes > 0) await cutEnd(path, restBytes);
    return lines.map(({ text }) => parseKept(text, stepLineSchema));
  }

  #append(name: string, line: unknown): Promise<void> {
    return this.#work("Cannot keep what the task did", async () => {
      await appendDurably(join(this.folder, name), `${JSON.stringify(line)}\n`);
    });
  }

  /** One write after the other. */
  async #work(attempt: string, work: () => Promise<void>): Promise<void> {
    const mine = this.#writing.catch(() => {}).then(work);
    this.#writing = mine;
    try {
      await answered(() => mine, attempt);
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      throw new LabError("Unavailable", `${attempt} in ${this.folder}: ${messageOf(cause)}`, { cause });
    }
  }
}
