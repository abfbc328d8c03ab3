import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { IGNORE_EVENTS } from "../../lib/host/host.ts";
import { Incoming } from "../../lib/host/incoming.ts";
import { BLOCK_PACKET, JSON_PACKET } from "../../lib/host/protocol/framing.ts";
import { packError } from "../../lib/host/protocol/wire_error.ts";
import type { FromProcess } from "../../lib/host/protocol/protocol.ts";
import { makeBlock } from "../../lib/stream/block.ts";
import { sampleFramer } from "../../lib/stream/mod.ts";

const encoder = new TextEncoder();

const ERROR = packError(new Error("no cable"));

/** An Incoming that collects the ends of runs, and how a process sends to it. */
function incoming() {
  const ends: unknown[] = [];
  const it = new Incoming({ ...IGNORE_EVENTS, ended: (error) => ends.push(error) }, () => {});
  const send = (message: FromProcess) => {
    it.take({ kind: JSON_PACKET, content: encoder.encode(JSON.stringify(message)) });
  };
  let id = 0;
  const start = () => void it.expect({ id: ++id, op: "start", input: { options: {} } });
  return { it, ends, send, start };
}

Deno.test("a driver whose run ends before a second start arrives is not a broken protocol", () => {
  const { ends, send, start } = incoming();
  start();
  start();
  // The first run is over when the process reads the second start, so that starts a second run.
  send({ ended: null });
  send({ ended: null });
  equal(ends, [null, null]);
});

Deno.test("a process ends no more runs than were started", () => {
  const { send, start } = incoming();
  throws(() => send({ ended: null }), /Cannot end a run: there is none/);
  start();
  send({ ended: null });
  throws(() => send({ ended: null }), /Cannot end a run: there is none/);
});

Deno.test("an error of megabytes is refused before it is read", () => {
  const { it, send } = incoming();
  it.expect({ id: 1, op: "create", input: { device_id: "a", epoch: "e", next_sequence: 0, params: {} } });
  const context = { lists: Array.from({ length: 200_000 }, () => []) };
  send({ problem: ERROR });
  for (const message of [{ problem: { ...ERROR, context } }, { crashed: { ...ERROR, context } }]) {
    throws(() => send(message), /Cannot read a message of \d+ bytes: no answer of this size is open/);
  }
});

Deno.test("only of a device with a transcript, a transcript may be large, and nothing else of it", () => {
  const context = { lists: Array.from({ length: 200_000 }, () => []) };
  for (const transcript of [true, false]) {
    const { it, send } = incoming();
    it.expect({ id: 1, op: "create", input: { device_id: "a", epoch: "e", next_sequence: 0, transcript, params: {} } });
    const base64 = new Uint8Array(500_000).toBase64();
    const entry = { at: "2026-11-22T06:25:52.123456Z", direction: "sent" as const, base64 };
    const sends = () => send({ transcript: [entry] });
    if (transcript) sends();
    else throws(sends, /no answer of this size is open/);
    throws(() => send({ problem: { ...ERROR, context } }), /no answer of this size is open/);
  }
});

Deno.test("a process without a device has no problems and no clock", () => {
  for (const message of [{ problem: ERROR }, { clock: 1 }, { lost: 1 }]) {
    throws(() => incoming().send(message), /before the device is created/);
  }
});

Deno.test("a forged block of many megabytes reaches those who take blocks in parts, with its samples in order", () => {
  const sizes: number[] = [];
  let next = 0;
  const events = {
    ...IGNORE_EVENTS,
    block: ({ first, ends, bytes }: { first: number; ends: Uint32Array; bytes: Uint8Array }) => {
      equal(first, next);
      next += ends.length;
      sizes.push(bytes.length);
    },
  };
  const it = new Incoming(events, () => {});
  it.expect({ id: 1, op: "create", input: { device_id: "a", epoch: "e", next_sequence: 0, params: {} } });
  const frame = sampleFramer({ deviceId: "a", epoch: "e", arrays: "json" });
  const { packed } = makeBlock(0, Array.from({ length: 20_000 }, (_, i) => frame(i, i)));
  const steps = it.take({ kind: BLOCK_PACKET, content: packed.slice() });
  ok(typeof steps !== "boolean");
  for (const _ of steps) { /* Another turn of the event loop. */ }
  equal(next, 20_000);
  ok(sizes.length > 8 && Math.max(...sizes) <= 256 * 1024, String(sizes));
});
