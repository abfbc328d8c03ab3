import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { BLOCK_PACKET, JSON_PACKET } from "../../lib/host/protocol/framing.ts";
import { checkHandshake, ProtocolMismatch } from "../../lib/host/protocol/check_handshake.ts";
import { DRIVER_API_VERSION, PROTOCOL_VERSION } from "../../lib/host/protocol/handshake.ts";

const OURS = {
  protocol: PROTOCOL_VERSION,
  driver_api: DRIVER_API_VERSION,
  language: "Python",
  language_version: "3.11",
};

function read(message: unknown, kind = JSON_PACKET) {
  return checkHandshake({ kind, seat: 0, content: new TextEncoder().encode(JSON.stringify(message)) });
}

Deno.test("a process that speaks the daemon's protocol is accepted, whatever its language and its further keys", () => {
  equal(read({ hello: { ...OURS, pid: 7 }, more: 1 }), OURS);
});

Deno.test("a process with another version of the protocol: the error says which side is older", () => {
  const its = (protocol: number) => () => read({ hello: { ...OURS, protocol } });
  if (PROTOCOL_VERSION > 1) throws(its(PROTOCOL_VERSION - 1), /the process is the older side/);
  throws(its(PROTOCOL_VERSION + 1), {
    constructor: ProtocolMismatch,
    message: `(Python 3.11) speaks version ${PROTOCOL_VERSION + 1} of the protocol, ` +
      `and the daemon version ${PROTOCOL_VERSION}: the daemon is the older side: update it`,
  });
});

Deno.test("a process with a newer driver API is refused by a daemon that does not know it", () => {
  throws(
    () => read({ hello: { ...OURS, driver_api: DRIVER_API_VERSION + 1 } }),
    /has version \d+ of the driver API, and the daemon version \d+: the daemon is the older side/,
  );
});

Deno.test("a process whose first packet is no handshake broke the protocol: the error quotes it", () => {
  throws(() => read({ id: 1, result: null }), /must be the handshake .*begins with "\{\\"id\\":1/);
  throws(() => read({ hello: { ...OURS, language: undefined } }), RangeError);
  throws(() => read({ hello: OURS }, BLOCK_PACKET), /found one of kind 2/);
  throws(
    () => checkHandshake({ kind: JSON_PACKET, seat: 0, content: new TextEncoder().encode("Hi!") }),
    /begins with "Hi!"/,
  );
});
