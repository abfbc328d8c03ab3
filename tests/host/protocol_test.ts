import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import fc from "fast-check";
import { readLines } from "../../lib/host/console_line.ts";
import { BLOCK_PACKET, JSON_PACKET, jsonPacket, packet, parseMessage, readPackets } from "../../lib/host/packets.ts";
import { packError, unpackError } from "../../lib/host/wire_error.ts";
import { LabError } from "../../lib/mod.ts";
import { concat } from "../../lib/stream/concat.ts";

/** A pipe that hands over its bytes in pieces of the given sizes, and then the rest. */
function pipe(bytes: Uint8Array, sizes: readonly number[] = []): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...sizes];
  let place = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const end = place + Math.max(1, left.shift() ?? bytes.length);
      if (place < bytes.length) controller.enqueue(bytes.slice(place, end));
      place = end;
      if (place < bytes.length) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

async function read(source: ReadableStream<Uint8Array<ArrayBuffer>>, signal?: AbortSignal) {
  const packets: { kind: number; content: Uint8Array }[] = [];
  for await (const { kind, content } of readPackets(source, signal)) packets.push({ kind, content: content.slice() });
  return packets;
}

Deno.test("packets come out as they went in, however the pipe cuts them", async () => {
  const someBytes = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(70_000).fill(7)));
  const somePackets = fc.array(
    fc.record({ kind: fc.constantFrom(JSON_PACKET, BLOCK_PACKET), content: someBytes }),
    { maxLength: 6 },
  );
  const sizes = fc.array(fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 100_000 })), { maxLength: 40 });
  await fc.assert(fc.asyncProperty(somePackets, sizes, async (packets, sizes) => {
    const bytes = concat(packets.map(({ kind, content }) => packet(kind, content)));
    equal(await read(pipe(bytes, sizes)), packets.map(({ kind, content }) => ({ kind, content: content.slice() })));
  }));
});

Deno.test("a message comes out as it went in", async () => {
  const message = { id: 7, result: { text: 'µ "\n', list: [1, null] } };
  const [{ kind, content }] = await read(pipe(jsonPacket(message)));
  equal([kind, parseMessage(content)], [JSON_PACKET, message]);
});

Deno.test("what is no packet is refused", async (test) => {
  const cases: [what: string, bytes: Uint8Array, message: RegExp][] = [
    [
      "text",
      new TextEncoder().encode("Hello from the SDK!\n"),
      /Cannot read a packet of kind 72 and \d+ bytes: kinds are 1 to 3; it begins with "Hello from the SDK!·"$/,
    ],
    ["an unknown kind", packet(9, new Uint8Array(2)), /Cannot read a packet of kind 9 and 2 bytes/],
    ["an absurd length", new Uint8Array([1, 255, 255, 255, 255]), /kind 1 and 4294967295 bytes/],
    ["half a header", new Uint8Array([1, 0]), /Cannot read the last packet: 2 bytes, then the stream ended/],
    ["half a content", packet(1, new Uint8Array(9)).slice(0, 8), /8 bytes, then the stream ended/],
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

Deno.test("reading ends when the signal aborts, also in the middle of a packet", async () => {
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

Deno.test("an error passes the pipe with all but its cause and its stack", () => {
  const error = new LabError("DriverError", "no cable", {
    type: "NoCable",
    context: { port: 3 },
    cause: new Error("x"),
  });
  const unpacked = unpackError(JSON.parse(JSON.stringify(packError(error))));
  const facts = ({ code, type, origin, message, context, cause }: LabError) => [
    code,
    type,
    origin,
    message,
    context,
    cause,
  ];
  equal(facts(unpacked), ["DriverError", "NoCable", "device", "no cable", { port: 3 }, undefined]);
});

Deno.test("lines are cut where they end, also without a last end, and when they are too long", async (test) => {
  const cases: [text: string, lines: string[]][] = [
    ["", []],
    ["one\ntwo\n", ["one", "two"]],
    ["one\n\nµ", ["one", "µ"]],
    ["10%\r20%\r\nµ\r", ["10%", "20%", "µ"]],
    ["so far\x01ione\n\x01i\n", ["so far", "\x01ione", "\x01i"]],
    ["x".repeat(10_000), ["x".repeat(10_000)]],
  ];
  for (const [text, expected] of cases) {
    await test.step(JSON.stringify(text.slice(0, 20)), async () => {
      const lines: string[] = [];
      const bytes = new TextEncoder().encode(text);
      await readLines(pipe(bytes, [3, 1, 1, 1, 1]), (line) => lines.push(line), new AbortController().signal);
      equal(lines.join("\n"), expected.join("\n"));
    });
  }
});

Deno.test("a line that never ends is given in pieces", async () => {
  const sizes: number[] = [];
  const bytes = new Uint8Array(100_000).fill(120);
  await readLines(pipe(bytes, Array(100).fill(1000)), ({ length }) => sizes.push(length), new AbortController().signal);
  equal(sizes.reduce((sum, size) => sum + size, 0), 100_000);
  equal(Math.max(...sizes) < 10_000, true);
});
