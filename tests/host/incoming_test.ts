import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { IGNORE_EVENTS } from "../../lib/host/host.ts";
import { Incoming } from "../../lib/host/incoming.ts";
import { JSON_PACKET } from "../../lib/host/packets.ts";
import type { FromProcess } from "../../lib/host/protocol.ts";

const encoder = new TextEncoder();

/** An Incoming that collects the ends of runs, and how a process sends to it. */
function incoming() {
  const ends: unknown[] = [];
  const it = new Incoming({ ...IGNORE_EVENTS, ended: (error) => ends.push(error) }, () => {});
  const send = (message: FromProcess) =>
    it.take({ kind: JSON_PACKET, content: encoder.encode(JSON.stringify(message)) });
  let id = 0;
  const start = () => void it.expect({ id: ++id, op: "start", input: { options: {} } });
  return { ends, send, start };
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
