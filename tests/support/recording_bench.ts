import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import { createApp } from "../../lib/http/app.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import type { UnreadableFile } from "../../lib/wire/server.ts";
import type { EventFields } from "./event_fields.ts";
import { inlineExport } from "./inline_export.ts";
import { inlineHistory } from "./inline_history.ts";
import { InlineRecorders } from "./inline_recorder.ts";
import { type ScriptedBench, scriptedBench } from "./scripted_bench.ts";

/** A bench with the device "daq1" that is recorded into a folder for tests, by recorders in this process. */
export interface RecordingBench extends ScriptedBench {
  readonly recorders: InlineRecorders;
  /** The descriptions that could not be read. */
  readonly unreadable: UnreadableFile[];
  recordings: Recordings;
  readonly folder: string;
  /** Gives samples, and waits until the log has the last of them. */
  push(...samples: unknown[]): Promise<void>;
  /** The events that are stored of a recording. */
  stored(id: string): EventFields[];
  /** Answers a request; its JSON, or its text where it is none. */
  ask(request: string, body?: unknown): Promise<{ status: number; headers: Headers; body: unknown }>;
  /** Opens the recordings again, as a daemon that starts. */
  reopen(): Promise<void>;
}

/** @param given A folder with recordings, which the test removes. */
export async function recordingBench(given?: string, settings: AddDeviceOptions = {}): Promise<RecordingBench> {
  const folder = given ?? await Deno.makeTempDir({ prefix: "recordings" });
  const bench = await scriptedBench(settings, undefined, { recordings: folder });
  const recorders = new InlineRecorders();
  const unreadable: UnreadableFile[] = [];
  const open = () =>
    Recordings.open({
      unreadable,
      bench: bench.daemon,
      folder,
      startRecorder: recorders.start,
      startExport: inlineExport,
      minFreeBytes: 0,
    });
  let pushed = 0;
  const it: RecordingBench = {
    ...bench,
    recorders,
    unreadable,
    folder,
    recordings: await open(),
    async push(...samples) {
      pushed += samples.length;
      bench.instrument.push(...samples);
      const last = pushed - 1;
      await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === last);
    },
    stored: (id) => [...storedEvents(`${folder}/${id}`)].map(({ data }) => JSON.parse(data)),
    async ask(request, body) {
      const app = createApp(bench.daemon, {
        host: "127.0.0.1",
        recordings: it.recordings,
        startHistory: inlineHistory,
      });
      const [method, path] = request.split(" ");
      const headers = { "content-type": "application/json" };
      const response = await app.request(path, {
        method,
        headers,
        ...body !== undefined && { body: JSON.stringify(body) },
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type") === "application/json";
      app.close();
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    async reopen() {
      await it.recordings.close();
      it.recordings = await open();
    },
    async [Symbol.asyncDispose]() {
      await it.recordings.close();
      await bench[Symbol.asyncDispose]();
      if (!given) await Deno.remove(folder, { recursive: true });
    },
  };
  return it;
}

/** The payloads of the samples among events. */
export function payloadsIn(events: readonly EventFields[]): unknown[] {
  return events.filter(({ event }) => event === "device_data").map(({ payload }) => payload);
}

/** The names of events, and the states of the device; without the first value of each property, whose place is not fixed. */
export function storyOf(events: readonly EventFields[]): string {
  const known = new Set<unknown>();
  const isFirst = ({ event, name }: EventFields) => event === "property" && !known.has(name) && known.add(name);
  return events.filter((it) => !isFirst(it)).map(({ event, state }) =>
    event === "device_state" ? `${state}` : event.replace("device_", "")
  ).join(
    " ",
  );
}
