/**
 * The main program of a driver's process: a {@linkcode Runtime} for each of its devices between stdin and the pipe to the
 * daemon. It ends when its stdin ends, so it never outlives the daemon.
 *
 * Its first argument are {@linkcode ProcessArguments} as JSON; a second one says that it has a relay of serial ports.
 *
 * @module
 */
import { useGrantedSerial } from "../../driver/connection/connect_serial.ts";
import { useOneConnectionScope } from "../../driver/connection/connection_scope.ts";
import { encodeJson } from "../../stream/encode.ts";
import { type PacketSource, PROCESS_SEAT, readPackets } from "../protocol/framing.ts";
import { DRIVER_API_VERSION, PROTOCOL_VERSION } from "../protocol/handshake.ts";
import { answerPacket, jsonPacket, parseMessage, TO_PROCESS } from "../protocol/packets.ts";
import {
  type Handshake,
  type ProcessArguments,
  type ProtocolRequests,
  type Request,
  type ToProcess,
  WITH_RELAY,
} from "../protocol/protocol.ts";
import { packError } from "../protocol/wire_error.ts";
import { exitLine } from "../console_line.ts";
import { BegunReports } from "./begun_reports.ts";
import { loadDriver } from "./driver_file/load_driver.ts";
import { markConsole } from "./mark_console.ts";
import { PacketPipe } from "./packet_pipe.ts";
import { revocation } from "./revocation.ts";
import { Seats } from "./seats.ts";

/** This process's first packet. */
const HANDSHAKE: Handshake = {
  hello: {
    protocol: PROTOCOL_VERSION,
    driver_api: DRIVER_API_VERSION,
    language: "TypeScript",
    language_version: Deno.version.typescript,
  },
};

const { imports, drivers, shared, serial = [] }: ProcessArguments = JSON.parse(Deno.args[0]);
useGrantedSerial(serial, Deno.args[1] === WITH_RELAY);

const pipe = new PacketPipe({ gathers: shared });
pipe.write(jsonPacket(PROCESS_SEAT, HANDSHAKE));

/**
 * Limits reading at the end of the last import: from then on the drivers read only what they were granted themselves.
 */
const afterImport = revocation(imports, drivers);
const seats = new Seats(pipe, (file, kept) => afterImport(loadDriver(file, kept)));
if (shared) seats.distinguish();
else useOneConnectionScope();

const encoder = new TextEncoder();
function print(text: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(text));
  } catch {
    // The daemon has closed its end.
  }
}
markConsole(print, () => seats.current);

const begun = new BegunReports((seat, id) => void pipe.write(jsonPacket(seat, { begun: id })));
const running = new Map<number, AbortController>();

async function answer(seat: number, { id, op, input }: Request): Promise<void> {
  const cancel = new AbortController();
  running.set(id, cancel);
  try {
    const result = op === "ping" ? await usage() : await seats.runtime(seat).handle(op, input, cancel.signal, {
      begun: () => begun.add(seat, id),
      progress: (fraction, text) => void pipe.write(jsonPacket(seat, { progress: id, fraction, text })),
    });
    // After its answer, a call must not be reported as begun.
    begun.delete(id);
    await pipe.write(answerPacket(seat, id, op, encodeJson(result)));
  } catch (error) {
    begun.delete(id);
    await pipe.write(jsonPacket(seat, { id, error: packError(seats.runtime(seat).errorOf(error)) }));
  } finally {
    running.delete(id);
  }
}

async function usage(): Promise<ProtocolRequests["ping"][1]> {
  const { user, system } = await cpuUsage();
  return { memory: Deno.memoryUsage().rss, cpu: (user + system) / 1e6, at: performance.now() / 1e3 };
}

/** Deno's own figures, if it has them. To load Node's takes a sixth of the CPU time of a device's first seconds. */
const { cpuUsage = async () => (await import("node:process")).default.cpuUsage() } = Deno as {
  cpuUsage?: () => { user: number; system: number } | Promise<{ user: number; system: number }>;
};

/** The seat whose code ends the process; {@linkcode PROCESS_SEAT} if unknown, and in a process of one device. */
function attributedSeat(): number {
  return seats.current ?? PROCESS_SEAT;
}

async function crash(thrown: unknown): Promise<never> {
  const seat = attributedSeat();
  await pipe.write(jsonPacket(seat, { crashed: packError(seats.errorOf(seat, thrown)) }));
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

if (shared) {
  addEventListener("unload", () => {
    if (attributedSeat() !== PROCESS_SEAT) print(exitLine(attributedSeat()));
  });
}

/** The packets from stdin. Its own stream of bytes would load modules that nothing else here needs. */
const stdin: PacketSource = {
  getReader: () => ({
    async read(buffer) {
      const count = await Deno.stdin.read(buffer);
      return count === null ? { done: true } : { done: false, value: buffer.subarray(0, count) };
    },
    cancel: () => Promise.resolve(),
  }),
};

/**
 * Takes the daemon's packets until the daemon closes stdin. Nothing here awaits this function, because a driver may
 * import this file.
 */
async function serve(): Promise<void> {
  for await (const { seat, content } of readPackets(stdin, TO_PROCESS)) {
    const message = parseMessage<ToProcess>(content);
    if ("cancel" in message) {
      running.get(message.cancel)?.abort(new DOMException("the answer is no longer awaited", "AbortError"));
    } else if ("release" in message) seats.release(seat);
    else if ("fence" in message) seats.runtime(seat).fence.set(message.fence, message.leased);
    else seats.run(seat, () => answer(seat, message));
  }
  await seats.close();
  Deno.exit(0);
}

serve();
