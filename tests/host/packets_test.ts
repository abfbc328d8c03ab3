import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { BLOCK_PACKET, JSON_PACKET, MAX_SEAT, packet, readPackets } from "../../lib/host/protocol/framing.ts";
import {
  answerPacket,
  FROM_PROCESS,
  jsonPacket,
  parseMessage,
  requestPacket,
} from "../../lib/host/protocol/packets.ts";
import { concat } from "../../lib/format/concat.ts";
import { pipe } from "../support/pipe.ts";

async function read(source: ReadableStream<Uint8Array<ArrayBuffer>>, signal?: AbortSignal) {
  const packets: { kind: number; seat: number; content: Uint8Array }[] = [];
  for await (const packet of readPackets(source, FROM_PROCESS, signal)) packets.push(packet);
  return packets;
}

Deno.test("readPackets() returns the packets that were written, however the pipe cuts them, and reuses none of them", async () => {
  const someBytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(20_000, 70_000).map((size) => new Uint8Array(size).fill(7)),
  );
  const somePackets = fc.array(
    fc.record({
      kind: fc.constantFrom(JSON_PACKET, BLOCK_PACKET),
      seat: fc.nat({ max: MAX_SEAT }),
      content: someBytes,
    }),
    { maxLength: 6 },
  );
  const sizes = fc.array(fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 100_000 })), { maxLength: 40 });
  await fc.assert(fc.asyncProperty(somePackets, sizes, async (packets, sizes) => {
    const bytes = concat(packets.map(({ kind, seat, content }) => packet(kind, seat, content)));
    equal(await read(pipe(bytes, sizes)), packets.map(({ content, ...it }) => ({ ...it, content: content.slice() })));
  }));
});

Deno.test("parseMessage() returns the message of jsonPacket()", async () => {
  const message = { id: 7, result: { text: 'µ "\n', list: [1, null] } };
  const [{ kind, seat, content }] = await read(pipe(jsonPacket(3, message)));
  equal([kind, seat, parseMessage(content)], [JSON_PACKET, 3, message]);
});

Deno.test("parseMessage() replaces halves of characters, which strict readers of JSON refuse, and nothing else", () => {
  const parsed = (value: unknown) => parseMessage(new TextEncoder().encode(JSON.stringify(value)));
  equal(parsed({ "\ud83d": ["\udc00 \ud83d\ude00\ude00", "\\ud800", "\\\ud800"] }), {
    "\ufffd": ["\ufffd \ud83d\ude00\ufffd", "\\ud800", "\\\ufffd"],
  });
  equal(parseMessage(new TextEncoder().encode('"\\ud83d\\ude00 \\uD83D"')), "\ud83d\ude00 \ufffd");
});

Deno.test("readPackets() rejects for bytes that are no packets", async (test) => {
  const cases: [what: string, bytes: Uint8Array, message: RegExp][] = [
    [
      "text",
      new TextEncoder().encode("Hello from the SDK!\n"),
      /Cannot read a packet of kind 72 and \d+ bytes: kinds are 1 to 3; it begins with "Hello from the SDK!·"$/,
    ],
    ["an unknown kind", packet(9, 1, new Uint8Array(2)), /Cannot read a packet of kind 9 and 2 bytes/],
    ["an absurd length", new Uint8Array([1, 0, 1, 0, 255, 255, 255, 255]), /kind 1 and 4294967295 bytes/],
    ["half a header", new Uint8Array([1, 0]), /Cannot read the last packet: 2 bytes, then the stream ended/],
    ["half a content", packet(1, 1, new Uint8Array(9)).slice(0, 12), /12 bytes, then the stream ended/],
    [
      "half a large content",
      packet(1, 1, new Uint8Array(90_000)).slice(0, 80_000),
      /80000 bytes, then the stream ended/,
    ],
  ];
  for (const [what, bytes, message] of cases) {
    await test.step(what, () =>
      rejects(read(pipe(bytes)), (error: Error) => {
        equal(error instanceof RangeError, true);
        match(error.message, message);
        return true;
      }));
  }
});

Deno.test("readPackets() ends when its signal aborts, also in the middle of a packet", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    type: "bytes",
    start: (controller) => controller.enqueue(new Uint8Array([1, 9, 0])),
    cancel: () => void (cancelled = true),
  });
  const reading = read(source, stop.signal);
  stop.abort();
  equal(await reading, []);
  equal(cancelled, true);
});

Deno.test("an answer or a request that is too large for a packet is an error of its own, with both sizes", async (test) => {
  const json = JSON.stringify("x".repeat(40_000_000));
  const cases = [
    ["load", "DescriptionTooLarge", /^The driver's description is too large: 40\.0 MB of JSON, and 262\.1 kB at most$/],
    [
      "check_params",
      "ParamsTooLarge",
      /^The params with their defaults are too large: 40\.0 MB of JSON, and 4\.2 MB at most$/,
    ],
    ["check_options", "OptionsTooLarge", /^The options/],
    ["call", "ResultTooLarge", /^The result is too large/],
  ] as const;
  for (const [op, type, message] of cases) {
    await test.step(op, () => void throws(() => answerPacket(1, 1, op, json), { type, message }));
  }
  const input = { params: "x".repeat(70_000_000), attempt: "" };
  throws(
    () => requestPacket(1, { id: 1, op: "check_params", input }),
    /^RangeError: the request is too large: 70\.0 MB of JSON, and 67\.1 MB at most$/,
  );
});
