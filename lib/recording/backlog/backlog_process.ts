import { getLogger } from "@logtape/logtape";
import { BLOCK_PACKET, JSON_PACKET, MAX_PACKET_BYTES, readPackets } from "../../host/protocol/framing.ts";
import { kill, programOf } from "../feed/program.ts";
import type { BacklogHead, BacklogPart, BacklogRequest } from "./backlog_request.ts";

const MAIN = new URL("./main.ts", import.meta.url);

const LIMITS = { [JSON_PACKET]: MAX_PACKET_BYTES, [BLOCK_PACKET]: MAX_PACKET_BYTES };

const MAX_OUTPUT_CHARS = 2_000;

const logger = getLogger(["labdaemon", "recording"]);

/** Reads what is recorded of a device behind a place. */
export type StartBacklog = (request: BacklogRequest) => AsyncIterable<BacklogPart>;

/** Reads it in a process of its own, which ends with the loop that reads. */
export const startBacklog: StartBacklog = async function* (request) {
  const child = programOf(MAIN, request.root, []).spawn();
  const lowered = lowerPriority(child.pid);
  const output = new Response(child.stderr).text();
  let head: BacklogHead | undefined;
  try {
    await ReadableStream.from([new TextEncoder().encode(JSON.stringify(request))]).pipeTo(child.stdin);
    for await (const { kind, content } of readPackets(child.stdout, LIMITS)) {
      if (kind === JSON_PACKET) head = JSON.parse(new TextDecoder().decode(content));
      else yield { ...head!, bytes: content };
    }
  } finally {
    kill(child);
    const { success, signal } = await child.status;
    await lowered;
    const text = (await output).trim().slice(0, MAX_OUTPUT_CHARS);
    if (!success && signal !== "SIGKILL") logger.error("A recording cannot be read for the hub: {text}", { text });
  }
};

/** A busy processor is first for the daemon and its drivers. Without `renice`, the process is as all others. */
async function lowerPriority(pid: number): Promise<void> {
  const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
  await new Deno.Command("renice", { args: ["-n", "10", "-p", String(pid)], ...stdio }).output().catch(() => {});
}
