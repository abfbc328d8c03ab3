import { defineDriver, every } from "labdaemon/driver";
import { Buffer } from "node:buffer";
import { z } from "zod";

/** The pipe to the daemon, which is not a driver's. Found by its first use. */
let pipe: Deno.FsFile;
const { write } = Deno.FsFile.prototype;
Deno.FsFile.prototype.write = function (this: Deno.FsFile, bytes) {
  pipe = this;
  return Reflect.apply(write, this, [bytes]);
};

const text = (value: string) => new TextEncoder().encode(value);

function packet(kind: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(kind);
  // The first seat, which is the only one.
  head.writeUInt16LE(1, 2);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

const send = (kind: number, ...parts: Uint8Array[]) => void pipe.write(packet(kind, ...parts));

const sendMessage = (json: string) => send(1, text(json));

function sendBlock(first: number, ends: number[] | Uint32Array, bytes: Uint8Array): void {
  const head = Buffer.alloc(12);
  head.writeDoubleLE(first);
  head.writeUInt32LE(ends.length, 8);
  send(2, head, new Uint8Array(Uint32Array.from(ends).buffer), bytes);
}

const ERROR = '"code":"DriverError","type":"E","message":"m","origin":"device","timestamp":"t"';

const FOREIGN = text(
  'id: x-1\nevent: device_state\ndata: {"event":"device_state","device_id":"good0","state":"faulted"}\n\nretry: 1\n\n',
);

/** All that a driver can write to the pipe of the protocol. */
const ways = {
  deep_context: () => sendMessage(`{"ended":{${ERROR},"context":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}}`),
  empty_frames() {
    const ends = new Uint32Array(16_000_000);
    ends[ends.length - 1] = 1;
    sendBlock(5_000, ends, text("\n"));
  },
  foreign_frames: () => sendBlock(5_000, [FOREIGN.length], FOREIGN),
  answers_nobody_asked_for: () => sendMessage('{"id":4000000,"result":null}'),
  no_message: () => sendMessage('{"hello":1}'),
  no_name: () => sendMessage('{"id":1,"result":{"name":null}}'),
  sets_the_clock_without_end() {
    for (let i = 0; i < 1_000; i++) sendMessage('{"clock":1}');
  },
  /** An error of megabytes. The daemon's event loop must not parse it. */
  reports_megabytes: () => sendMessage(`{"problem":{${ERROR},"context":{"lists":[${"[],".repeat(1_000_000)}1]}}}`),
  pads_a_message: () => sendMessage(`{"lost":${" ".repeat(1_000_000)}0}`),
  crashes_with_megabytes: () => sendMessage(`{"crashed":{${ERROR},"context":{"text":"${"x".repeat(1_000_000)}"}}}`),
  uses_up_its_numbers() {
    for (let i = 1; i < 9_000; i++) sendMessage(`{"lost":${i}000000000000}`);
  },
  loses_what_was_sent: () => sendMessage('{"lost":0}'),
  crashes_and_stays: crash,
  deep_result: () => send(3, new Uint8Array(4), text("[".repeat(1_000_000))),
} as const;

/** Crashes, and stays. */
function crash() {
  Deno.exit = (() => {}) as typeof Deno.exit;
  Promise.reject(new Error("no way out"));
}

/** Loses numbers as fast as the daemon takes them. */
// deno-lint-ignore require-yield
async function* floods(signal: AbortSignal) {
  for (let next = 0; !signal.aborted;) {
    const packets = Array.from({ length: 500 }, () => packet(1, text(`{"lost":${++next}}`)));
    await Reflect.apply(write, pipe, [Buffer.concat(packets)]);
  }
}

/** Writes forged packets to the pipe of the protocol while it streams. */
export default defineDriver({
  name: "Forger",
  params: z.object({
    how: z.enum([...Object.keys(ways), "floods_with_losses"] as (keyof typeof ways | "floods_with_losses")[]),
  }),
  create: ({ how }) => ({
    async *stream(signal) {
      if (how === "floods_with_losses") return yield* floods(signal);
      let n = 0;
      for await (const _ of every(10, signal)) {
        if (n === 5) ways[how]();
        yield n++;
      }
    },
  }),
});
