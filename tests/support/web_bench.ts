import type { ErrorReport } from "../../lib/wire/error_report.ts";
import { Leases } from "../../lib/leases/leases.ts";
import { TaskTypes } from "../../lib/tasks/task_types.ts";
import { Tasks } from "../../lib/tasks/tasks.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { type App, type AppOptions, createApp } from "../../lib/http/app.ts";
import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import type { ScriptedInstrument } from "./scripted_driver.ts";
import { type ScriptedBench, scriptedBench } from "./scripted_bench.ts";
import { inlineExport } from "./inline_export.ts";
import { inlineHistory } from "./inline_history.ts";
import { InlineRecorders } from "./inline_recorder.ts";
import { SSEReader } from "./sse_reader.ts";

/** The answer to a request. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; an empty object where it is none. */
  body: Body;
}

/** The web layer over a daemon with one scripted device, "daq1". There is no port and no socket. */
export interface WebBench extends ScriptedBench {
  readonly app: App;
  /** Its tasks; no type of them is registered. */
  readonly tasks: Tasks;
  readonly leases: Leases;
  /** `ask("POST /devices/daq1/call", { method: "work" })`. A body that is given is sent as JSON, a text as it is. */
  ask<Body = Record<string, unknown>>(request: string, body?: unknown, headers?: HeadersInit): Promise<Answer<Body>>;
  /** The error with which a request is refused, and the status. */
  refusal(request: string, body?: unknown, headers?: HeadersInit): Promise<ErrorReport & { status: number }>;
  /** Opens a stream. */
  open(path: string, headers?: HeadersInit): Promise<SSEReader>;
}

/** Settings are the device's; `guard` says who may ask. */
export async function webBench(
  settings: AddDeviceOptions = {},
  guard?: AppOptions,
  instrument?: ScriptedInstrument,
): Promise<WebBench> {
  const folder = `${Deno.env.get("TMPDIR") ?? "/tmp"}/recordings-${crypto.randomUUID()}`;
  const bench = await scriptedBench(settings, instrument, { recordings: folder });
  const inline = { startRecorder: new InlineRecorders().start, startExport: inlineExport };
  const recordings = await Recordings.open({ bench: bench.daemon, folder, ...inline, minFreeBytes: 0 });
  const leases = guard?.leases ?? new Leases(bench.daemon);
  const kept = { leases, types: new TaskTypes(), folder: `${folder}-tasks` };
  const tasks = guard?.tasks ??
    new Tasks({ bench: bench.daemon, ...kept }, (devices, id) => devices?.includes(id) ?? true);
  const parts = { recordings, startHistory: inlineHistory, leases, tasks };
  const app = createApp(bench.daemon, { host: "127.0.0.1", ...parts, ...guard });

  const ask = async <Body>(request: string, body?: unknown, headers?: HeadersInit): Promise<Answer<Body>> => {
    const [method, path] = request.split(" ");
    const all = new Headers(headers);
    if (body !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
    const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await app.request(path, { method, body: sent, headers: all });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") && text !== "";
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };

  return {
    ...bench,
    app,
    tasks,
    leases,
    ask,
    refusal: async (request, body, headers) => {
      const { status, body: answer, text } = await ask<{ error?: ErrorReport }>(request, body, headers);
      if (!answer.error) throw new Error(`${request} is not refused: ${status} ${text}`);
      return { status, ...answer.error };
    },
    open: async (path, headers) => new SSEReader(await app.request(path, { headers })),
    [Symbol.asyncDispose]: async () => {
      await tasks.close();
      app.close();
      await recordings.close();
      await removeIfThere(folder);
      await removeIfThere(kept.folder);
      await bench[Symbol.asyncDispose]();
    },
  };
}

async function removeIfThere(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
