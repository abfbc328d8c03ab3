import { getLogger } from "@logtape/logtape";
import { LabError } from "../../errors.ts";
import { kill, programOf } from "../feed/program.ts";
import { draftName } from "./drafts.ts";
import type { ExportRequest } from "./export_request.ts";
import { NO_ROOM } from "./no_room.ts";

const logger = getLogger(["labdaemon", "recording"]);

const MAIN = new URL("./main.ts", import.meta.url);

/** Never called: so the packages of this program are fetched with those of the daemon, which may have no network later. */
export const CACHED_WITH_THE_DAEMON = [
  () => import("./parquet.ts"),
  () => import("./arrow.ts"),
  () => import("./mcap.ts"),
  () => import("./hdf5.ts"),
];

/** The exports at a time: each is a process. */
const MAX_EXPORTS = 4;

/**
 * The heap for short-lived objects of an export as text: more memory saves no time there. An export in columns takes a
 * fifth less time with more.
 */
const TEXT_YOUNG_MIB = 4;

/** The program that writes a part of a recording to its stdout. */
export function exportProgram(request: ExportRequest): Deno.Command {
  const isText = request.format === "jsonl" || request.format === "csv";
  const youngMib = isText ? TEXT_YOUNG_MIB : undefined;
  return programOf(MAIN, request.folder, [JSON.stringify(request)], { youngMib });
}

/** The exports that run. */
let running = 0;

/**
 * Starts to write a part of a recording. Resolves with its bytes once the first of them are here, so that an earlier
 * failure is an error: a full disk, for a format that is written to a draft first. A reader that pauses delays nothing
 * else, and a reader that cancels ends the export.
 *
 * @param signal Ends an export that has no reader yet.
 * @throws {LabError} `Unavailable` while too many exports run, and where the disk has no room; `InternalError` with a
 * failure that the log has.
 */
export async function startExport(request: ExportRequest, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  if (running >= MAX_EXPORTS) {
    throw new LabError(
      "Unavailable",
      `Cannot export: ${MAX_EXPORTS} exports run already; try again when one has ended`,
    );
  }
  running++;
  const child = exportProgram(request).spawn();
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    kill(child);
  };
  const output = new Response(child.stderr).text();
  const ended = (async () => {
    await child.stdin.close().catch(() => {});
    const { success, code } = await child.status;
    const text = (await output).trim();
    // A process that was killed leaves it behind.
    await Deno.remove(`${request.folder}/${draftName(child.pid)}`).catch(() => {});
    running--;
    if (success || isStopped) return;
    if (code === NO_ROOM) throw new LabError("Unavailable", text);
    logger.error("An export has failed: {text}", { text: text.slice(0, 2_000) });
    throw new LabError("InternalError", "The export has failed; the log of the daemon says why");
  })();
  ended.catch(() => {});
  const reader = child.stdout.getReader();
  const next = async () => {
    const { value } = await reader.read();
    // A file that breaks off is not a whole one.
    if (!value) await ended;
    return value;
  };
  signal?.addEventListener("abort", stop);
  let first = await next().finally(() => signal?.removeEventListener("abort", stop));
  return new ReadableStream({
    async pull(controller) {
      const value = first ?? await next();
      first = undefined;
      if (value) controller.enqueue(value);
      else controller.close();
    },
    async cancel() {
      stop();
      await reader.cancel();
      await ended;
    },
  }, { highWaterMark: 0 });
}
