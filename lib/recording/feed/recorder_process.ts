import { getLogger } from "@logtape/logtape";
import { deadline } from "../../async/mod.ts";
import type { RecorderReport } from "../protocol/messages.ts";
import { kill, programOf } from "./program.ts";
import type { RecorderLink } from "./recorder_link.ts";

const logger = getLogger(["labdaemon", "recording"]);

const MAIN = new URL("../recorder/main.ts", import.meta.url);

/** The time for a recorder to store what it has, before it is killed. A disk may hang. */
const CLOSE_MS = 5_000;

/** The folder of the recordings, and the bytes that must stay free on its disk. */
export interface RecorderPlace {
  folder: string;
  minFreeBytes: number;
}

/** Starts a recorder in a process of its own. */
export function startRecorderProcess({ folder, minFreeBytes }: RecorderPlace): RecorderLink {
  const child = programOf(MAIN, folder, [folder, String(minFreeBytes)]).spawn();
  const stdin = child.stdin.getWriter();
  stdin.closed.catch(() => {});
  const output = logOutput(child.stderr);
  const end = async () => {
    await stdin.close().catch(() => {});
    await deadline(child.status, CLOSE_MS).catch(() => {
      kill(child);
      return child.status;
    });
    await output;
  };
  let closing: Promise<void> | undefined;
  return {
    pid: child.pid,
    reports: reportsOf(child.stdout),
    write: (bytes) => stdin.write(bytes),
    close: () => closing ??= end(),
  };
}

async function* reportsOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<RecorderReport, void> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

/** The recorder prints nothing, unless it has a defect. */
async function logOutput(stderr: ReadableStream<Uint8Array>): Promise<void> {
  const text = (await new Response(stderr).text()).trim();
  if (text) logger.error("The recorder said: {text}", { text: text.slice(0, 2_000) });
}
