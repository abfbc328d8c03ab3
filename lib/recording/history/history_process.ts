import { getLogger } from "@logtape/logtape";
import { LabError } from "../../errors.ts";
import { pieces } from "../feed/pieces.ts";
import { kill, programOf } from "../feed/program.ts";
import type { HistoryRequest } from "./history_request.ts";

const logger = getLogger(["labdaemon", "recording"]);

const MAIN = new URL("./main.ts", import.meta.url);

/** The histories that are read at a time: each is a process. */
const MAX_HISTORIES = 4;

/** Reads a span of a device's past. Returns the answer as JSON. */
export type StartHistory = (
  request: HistoryRequest,
  ring: readonly Uint8Array[],
  signal?: AbortSignal,
) => Promise<Uint8Array<ArrayBuffer>>;

/** The histories that are read now. */
let running = 0;

/**
 * Reads a span of a device's past in a process of its own, which may reach the folder of the recordings and nothing else.
 *
 * @throws {LabError} `Unavailable` while there are too many.
 */
export const startHistory: StartHistory = async (request, ring, signal) => {
  if (running >= MAX_HISTORIES) {
    const message = `Cannot read the history: ${MAX_HISTORIES} are read already; try again when one has been answered`;
    throw new LabError("Unavailable", message);
  }
  running++;
  try {
    const child = programOf(MAIN, request.root, []).spawn();
    const stop = () => kill(child);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    const output = new Response(child.stderr).text();
    const [answer, { success }] = await Promise.all([
      new Response(child.stdout).bytes(),
      child.status,
      write(child.stdin, request, ring),
    ]);
    signal?.removeEventListener("abort", stop);
    const text = (await output).trim();
    if (success) return answer;
    if (signal?.aborted) {
      throw new LabError("Unavailable", "Cannot read the history: the client that asked for it is gone");
    }
    logger.error("A history cannot be read: {text}", { text: text.slice(0, 2_000) });
    throw new LabError("InternalError", "Cannot read the history; the log of the daemon says why");
  } finally {
    running--;
  }
};

async function write(
  stdin: WritableStream<Uint8Array>,
  request: HistoryRequest,
  ring: readonly Uint8Array[],
): Promise<void> {
  const writer = stdin.getWriter();
  writer.closed.catch(() => {});
  try {
    await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    for (const piece of pieces(ring)) await writer.write(piece);
    await writer.close();
  } catch {
    // The process has ended: its status says why.
  }
}
