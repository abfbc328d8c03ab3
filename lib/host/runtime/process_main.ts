/**
 * The main program of a device's process: a {@linkcode Runtime} between stdin and the line to the daemon. It ends when its
 * stdin does, so it never outlives the daemon.
 *
 * Its one argument is a JSON list of the paths that it may read for importing the driver only.
 *
 * @module
 */
import { Socket } from "node:net";
import process from "node:process";
import { deadline } from "../../async/mod.ts";
import { loadDriver } from "../../driver/load.ts";
import { packBlock } from "../../stream/block.ts";
import { encodeJson } from "../../stream/encode.ts";
import { markConsole } from "../console_line.ts";
import { packError } from "../driver_error.ts";
import {
  BLOCK_PACKET,
  type FromProcess,
  jsonPacket,
  packet,
  parseMessage,
  PROTOCOL_FD,
  readPackets,
  type Request,
  type Requests,
  resultPacket,
  type ToProcess,
} from "../protocol.ts";
import { Runtime } from "./runtime.ts";

/** How long an instrument has to be closed when the daemon is gone. */
const FAREWELL_MS = 2_000;

const encoder = new TextEncoder();
const say = (text: string) => {
  try {
    Deno.stderr.writeSync(encoder.encode(text));
  } catch {
    // Nobody listens any more.
  }
};
markConsole(say);

const line = new Socket({ fd: PROTOCOL_FD, readable: false, writable: true });
// It alone keeps no process from ending.
line.unref();
// A daemon that no longer reads is gone; stdin says so too, a moment later.
line.on("error", () => {});
/** Resolves when the daemon has room for it. */
const write = (bytes: Uint8Array) => new Promise<void>((resolve) => line.write(bytes, () => resolve()));
const send = (message: FromProcess) => write(jsonPacket(message));

const runtime = new Runtime({
  block: (block) => write(packet(BLOCK_PACKET, packBlock(block))),
  lost: (next) => void send({ lost: next }),
  ended: (error) => void send({ ended: error && packError(error) }),
}, loadDriver);

const underway = new Map<number, AbortController>();

async function answer({ id, op, input }: Request): Promise<void> {
  const cancel = new AbortController();
  underway.set(id, cancel);
  try {
    if (op === "create") forgetTheWayIn();
    const result = op === "ping" ? usage() : await runtime.handle(op, input, cancel.signal);
    const json = encodeJson(result);
    await write(op === "call" ? resultPacket(id, json) : jsonPacket({ id, result: JSON.parse(json) }));
  } catch (error) {
    await send({ id, error: packError(runtime.errorOf(error)) });
  } finally {
    underway.delete(id);
  }
}

function usage(): Requests["ping"][1] {
  const { user, system } = process.cpuUsage();
  return { memory: Deno.memoryUsage().rss, cpu: (user + system) / 1e6, at: performance.now() / 1e3 };
}

/** The driver is imported: from now on it reads only what it was granted itself. */
function forgetTheWayIn(): void {
  for (const path of JSON.parse(Deno.args[0])) Deno.permissions.revokeSync({ name: "read", path });
}

async function crash(thrown: unknown): Promise<never> {
  await send({ crashed: packError(runtime.errorOf(thrown)) });
  Deno.exit(1);
}

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  crash(event.reason);
});
addEventListener("error", (event) => {
  event.preventDefault();
  crash(event.error);
});

for await (const { content } of readPackets(Deno.stdin.readable)) {
  const message = parseMessage<ToProcess>(content);
  if ("cancel" in message) underway.get(message.cancel)?.abort(new DOMException("nobody waits any more", "AbortError"));
  else answer(message);
}
await deadline(runtime.handle("disconnect", { limit: FAREWELL_MS }, AbortSignal.abort()), FAREWELL_MS).catch(() => {});
Deno.exit(0);
