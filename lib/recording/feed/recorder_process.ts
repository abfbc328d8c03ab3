import { getLogger } from "@logtape/logtape";
import { deadline } from "../../async/mod.ts";
import type { RecorderReport } from "../protocol/messages.ts";
import { GatheredWriter } from "./gathered_writer.ts";
import { kill, programOf } from "./program.ts";
import type { RecorderLink } from "./recorder_link.ts";
import { removeLeftRings, ringPaths } from "./ring_paths.ts";
import { RingWriter } from "./ring_writer.ts";

const logger = getLogger(["labdaemon", "recording"]);

const MAIN = new URL("../recorder/main.ts", import.meta.url);

/** The time for a recorder to store its data, before it is killed. A disk may hang. */
const CLOSE_MS = 5_000;

/** The folder of the recordings, and the bytes that must stay free on its disk. */
export interface RecorderPlace {
  folder: string;
  minFreeBytes: number;
  /** The folders that may be in memory; by default, those of the system. */
  memory?: readonly string[];
}

/** Wakes a recorder that looks at its ring no more. */
const WAKE = new Uint8Array(1);

/** Starts a recorder in a process of its own. */
export function startRecorderProcess({ folder, minFreeBytes, memory }: RecorderPlace): RecorderLink {
  const paths = ringPaths(memory);
  const child = programOf(MAIN, folder, [folder, String(minFreeBytes), ...paths], { files: paths }).spawn();
  const stdin = child.stdin.getWriter();
  stdin.closed.catch(() => {});
  const output = logOutput(child.stderr);
  const cleaned = removeLeftRings(paths);
  const pipe = new GatheredWriter((bytes) => stdin.write(bytes));
  const { promise: started, resolve } = Promise.withResolvers<Pick<RingWriter, "write" | "close">>();
  let ring: RingWriter | undefined;
  const start = (path: string | null) => {
    ring = path === null ? undefined : new RingWriter(path, () => stdin.write(WAKE));
    resolve(ring ?? pipe);
  };
  const end = async () => {
    await stdin.close().catch(() => {});
    resolve(pipe);
    await deadline(child.status, CLOSE_MS).catch(() => {
      kill(child);
      return child.status;
    });
    await output;
    await cleaned;
    (await started).close();
  };
  let closing: Promise<void> | undefined;
  return {
    pid: child.pid,
    reports: reportsOf(child.stdout, start),
    write: async (parts) => (await started).write(parts),
    isDirect: () => ring !== undefined,
    writeNow: (parts) => ring?.writeNow(parts) ?? false,
    close: () => closing ??= end(),
  };
}

/** @param start Called with the path of the recorder's ring. */
async function* reportsOf(
  stdout: ReadableStream<Uint8Array>,
  start: (ring: string | null) => void,
): AsyncGenerator<RecorderReport, void> {
  let rest = "";
  // By itself: a stream of texts behind that of bytes costs the daemon several promises a report.
  const decoder = new TextDecoder();
  for await (const bytes of stdout) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const report: RecorderReport = JSON.parse(line);
      if (report.report === "started") start(report.ring);
      yield report;
    }
  }
}

/** Logs the recorder's stderr. The recorder prints nothing, unless it has a defect. */
async function logOutput(stderr: ReadableStream<Uint8Array>): Promise<void> {
  const text = (await new Response(stderr).text()).trim();
  if (text) logger.error("The recorder said: {text}", { text: text.slice(0, 2_000) });
}
