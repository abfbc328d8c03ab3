/**
 * The main program of a device's process: a {@linkcode Runtime} between stdin and the pipe to the daemon. It ends when
 * its stdin ends, so it never outlives the daemon.
 *
 * Its one argument is a JSON list of the paths that it may read while it imports the driver.
 *
 * @module
 */
import { Socket } from "node:net";
import process from "node:process";
import { deadline } from "../../async/mod.ts";
import { encodeJson } from "../../stream/encode.ts";
import { readPackets } from "../protocol/framing.ts";
import { DRIVER_API_VERSION, PROTOCOL_VERSION } from "../protocol/handshake.ts";
import { answerPacket, blockPacket, jsonPacket, parseMessage, TO_PROCESS } from "../protocol/packets.ts";
import {
  type FromProcess,
  type Handshake,
  PROTOCOL_FD,
  type Request,
  type Requests,
  type ToProcess,
} from "../protocol/protocol.ts";
import { packError } from "../protocol/wire_error.ts";
import { loadDriver } from "./load_driver.ts";
import { markConsole } from "./mark_console.ts";
import { revocation } from "./revocation.ts";
import { Runtime } from "./runtime.ts";

/** The time to close the instrument when the daemon has died. */
const SHUTDOWN_MS = 2_000;

/** This process's first packet. */
const HANDSHAKE: Handshake = {
  hello: {
    protocol: PROTOCOL_VERSION,
    driver_api: DRIVER_API_VERSION,
    language: "TypeScript",
    language_version: Deno.version.typescript,
  },
};

const encoder = new TextEncoder();
markConsole((text) => {
  try {
    Deno.stderr.writeSync(encoder.encode(text));
  } catch {
    // The daemon has closed its end.
  }
});

const pipe = new Socket({ fd: PROTOCOL_FD, readable: false, writable: true });
// The pipe alone does not keep the process running.
pipe.unref();
// The pipe fails when the daemon has died; stdin ends then too.
pipe.on("error", () => {});
/** Resolves when the pipe has room for more. */
const write = (bytes: Uint8Array) => new Promise<void>((resolve) => pipe.write(bytes, () => resolve()));
const send = (message: FromProcess | Handshake) => write(jsonPacket(message));
send(HANDSHAKE);

/** From the end of the import on, the driver reads only what it was granted itself. */
const afterImport = revocation(JSON.parse(Deno.args[0]));

const runtime = new Runtime({
  block: (block) => write(blockPacket(block)),
  lost: (next) => void send({ lost: next }),
  clock: (stepMs, source) => void send({ clock: stepMs, source }),
  instrumentClock: (status) => void send({ instrument_clock: status }),
  ended: (error) => void send({ ended: error && packError(error) }),
  disconnected: (error) => void send({ disconnected: packError(error) }),
  problem: (error) => void send({ problem: packError(error) }),
}, (file, kept) => afterImport(loadDriver(file, kept)));

const running = new Map<number, AbortController>();

async function answer({ id, op, input }: Request): Promise<void> {
  const cancel = new AbortController();
  running.set(id, cancel);
  try {
    const result = op === "ping" ? usage() : await runtime.handle(op, input, cancel.signal);
    await write(answerPacket(id, op, encodeJson(result)));
  } catch (error) {
    await send({ id, error: packError(runtime.errorOf(error)) });
  } finally {
    running.delete(id);
  }
}

function usage(): Requests["ping"][1] {
  const { user, system } = process.cpuUsage();
  return { memory: Deno.memoryUsage().rss, cpu: (user + system) / 1e6, at: performance.now() / 1e3 };
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

for await (const { content } of readPackets(Deno.stdin.readable, TO_PROCESS)) {
  const message = parseMessage<ToProcess>(content);
  if ("cancel" in message) {
    running.get(message.cancel)?.abort(new DOMException("the answer is no longer awaited", "AbortError"));
  } else answer(message);
}
const shutdown = runtime.handle("disconnect", { limit: SHUTDOWN_MS }, new AbortController().signal);
await deadline(shutdown, SHUTDOWN_MS).catch(() => {});
Deno.exit(0);
