/** Packets that a driver may send of its own: valid ones, changed in every way. */
import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { checkMessage, checkResult } from "../../lib/host/protocol/messages.ts";
import { BLOCK_PACKET, JSON_PACKET, packet, readPackets, RESULT_PACKET } from "../../lib/host/protocol/framing.ts";
import {
  blockPacket,
  FROM_PROCESS,
  jsonPacket,
  parseMessage,
  resultPacket,
  unpackResult,
} from "../../lib/host/protocol/packets.ts";
import { packError } from "../../lib/host/protocol/wire_error.ts";
import { makeBlock, unpackBlock } from "../../lib/stream/block.ts";
import { concat } from "../../lib/format/concat.ts";
import { FrameCheck } from "../../lib/stream/frame_check.ts";
import { STEP_BYTES } from "../../lib/format/json_bytes.ts";
import { decodeFrames, sampleFramer } from "../../lib/stream/mod.ts";
import { anyText } from "../support/any_text.ts";
import { pipe } from "../support/pipe.ts";

const HEAD = { deviceId: "daq1", epoch: "k3f9", arrays: "json" } as const;
const frame = sampleFramer(HEAD);
const check = (next = 0) => new FrameCheck("daq1", "k3f9", next);
const text = new TextEncoder();

/** A block with these frames, whatever they are. */
const blockOf = (first: number, ...frames: string[]) => unpackBlock(makeBlock(first, frames).packed);

/** Takes all steps. */
function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Takes packets as the daemon does. */
async function take(source: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array[]> {
  const frames = check();
  const taken: Uint8Array[] = [];
  for await (const { kind, content } of readPackets(source, FROM_PROCESS)) {
    if (kind === BLOCK_PACKET) {
      const block = unpackBlock(content);
      frames.check(block);
      taken.push(block.bytes);
    } else if (kind === RESULT_PACKET) atOnce(unpackResult(content));
    else {
      const message = checkMessage(parseMessage(content));
      if ("lost" in message) frames.lost(message.lost);
      else if ("result" in message) checkResult("load", message.result);
    }
  }
  return taken;
}

const PAYLOADS = fc.oneof(
  { weight: 3, arbitrary: fc.double() },
  fc.jsonValue(),
  anyText(),
  fc.array(fc.double(), { maxLength: 300 }),
);

Deno.test("FrameCheck takes every frame of its device, whatever the payload and the number", () => {
  fc.assert(
    fc.property(fc.array(PAYLOADS, { minLength: 1, maxLength: 30 }), fc.nat({ max: 2e9 }), (payloads, first) => {
      check(first).check(blockOf(first, ...payloads.map((payload, i) => frame(first + i, payload))));
    }),
  );
  const frames = check(8);
  for (const first of [8, 98, 9_998, 999_998]) {
    frames.check(blockOf(first, ...Array.from({ length: 5 }, (_, i) => frame(first + i, i))));
  }
});

Deno.test("FrameCheck refuses events of other devices and of other kinds, ids, numbers, and lines between the frames", async (test) => {
  const good = frame(0, 1);
  const foreign = sampleFramer({ ...HEAD, deviceId: "daq2" })(0, 1);
  const cases: Record<string, string> = {
    "another device": foreign,
    "another epoch": sampleFramer({ ...HEAD, epoch: "k3f8" })(0, 1),
    "another number": frame(1, 1),
    "a number in the id only": good.replace("k3f9-0", "k3f9-1"),
    "another kind of event": good.replace("event: device_data", "event: device_gone"),
    "a state": 'event: device_state\ndata: {"event":"device_state","device_id":"daq2","state":"faulted"}\n\n'.padEnd(
      200,
    ),
    "a second event": good + foreign,
    "a second device in the data": good.replace("1}\n\n", '1,"device_id":"daq2"}\n\n'),
    "a second object": good.replace("1}\n\n", '1}{"a":2}\n\n'),
    "a line for the reader's delay": good.replace("1}\n\n", '"1\nretry: 1\n"}\n\n'),
    "the same with a carriage return": good.replace("1}\n\n", '"1\rretry: 1\r"}\n\n'),
    "the same in a long text": good.replace("1}\n\n", `"${"x".repeat(500)}\rretry: 1"}\n\n`),
    "a text without an end": good.replace("1}\n\n", '"1}\n\n'),
    "a text that ends behind a backslash": good.replace("1}\n\n", '"1\\"}\n\n'),
    "no payload": good.replace("1}\n\n", "}\n\n"),
    "a deep payload": good.replace("1}\n\n", `${"[".repeat(5_000)}${"]".repeat(5_000)}}\n\n`),
    "a device in the time": good.replace(/"timestamp":"[^"]*"/, '"timestamp":"x","device_id":"b","q":"abc"'),
    "a second that does not exist": good.replace(/"timestamp":"[^.]*/, '"timestamp":"9999-99-99T99:99:99'),
    "a day that does not exist": good.replace(/"timestamp":"[^.]*/, '"timestamp":"2026-02-31T10:00:00'),
    "a time that is none": good.replace(/"timestamp":"[^"]*"/, '"timestamp":"2026-11-22T06:25:52.12345\\"'),
    "an event without an end": good.slice(0, -1),
    "spaces": " ".repeat(200),
  };
  check().check(blockOf(0, good));
  for (const [what, forged] of Object.entries(cases)) {
    await test.step(what, () => {
      throws(() => check().check(blockOf(0, forged)), RangeError);
      throws(() => atOnce(check().checkInSteps(blockOf(0, forged))), RangeError);
    });
  }
  await test.step("samples again, or far ahead", () => {
    throws(() => check(1).check(blockOf(0, good)), RangeError);
    throws(() => check().check(blockOf(2e15, frame(2e15, 1))), RangeError);
    throws(() => check(5).lost(4), RangeError);
    throws(() => check().lost(2e15), RangeError);
  });
});

Deno.test("a driver cannot use up the numbers of its device by losses", () => {
  const frames = check();
  frames.lost(1e12);
  throws(() => frames.lost(1e12 + 1), RangeError);
  const last = Number.MAX_SAFE_INTEGER;
  throws(() => check(last).check(blockOf(last, frame(last, 1))), RangeError);
});

Deno.test("a large sample is checked in steps, with the result of a check at once", async (test) => {
  const size = 3 * STEP_BYTES;
  const payloads: Record<string, [json: string, isValid: boolean]> = {
    "a text": [JSON.stringify("x".repeat(size)), true],
    "a text of escapes": [JSON.stringify('\n"'.repeat(size / 4)), true],
    "a list of lists": [`[${Array(size / 3).fill("[]").join(",")}]`, true],
    "brackets in a text": [`["${"]}".repeat(size / 2)}"]`, true],
    "a text without an end": [`"${"x".repeat(size)}`, false],
    "a backslash at the end": [`"${"x".repeat(size)}\\`, false],
    "a line end": [`"${"x".repeat(size)}\n"`, false],
    "a second value": [`"${"x".repeat(size)}","device_id":"other"`, false],
    "too deep": ["[".repeat(size / 2) + "]".repeat(size / 2), false],
    "a number that is none": ["1".repeat(size), false],
  };
  for (const [what, [json, isValid]] of Object.entries(payloads)) {
    await test.step(what, () => {
      const sample = () => blockOf(0, frame(0, 1).replace("1}\n\n", `${json}}\n\n`));
      const steps = check().checkInSteps(sample());
      let count = 0;
      const all = () => {
        while (!steps.next().done) count++;
      };
      if (!isValid) return void throws(all, RangeError);
      all();
      ok(count >= 3, `${count} steps`);
      check().check(sample());
    });
  }
  await test.step("many frames", () => {
    const frames = Array.from({ length: 10_000 }, (_, i) => frame(i, i));
    const steps = [...check().checkInSteps(blockOf(0, ...frames))];
    ok(steps.length >= 5, `${steps.length} steps`);
  });
});

Deno.test("a block of 16 million empty frames is refused at its first frame", () => {
  const count = 16_000_000;
  const packed = new Uint8Array(12 + count * 4 + 1);
  const view = new DataView(packed.buffer);
  view.setFloat64(0, 0, true);
  view.setUint32(8, count, true);
  view.setUint32(12 + (count - 1) * 4, 1, true);
  throws(() => check().check(unpackBlock(packed)), RangeError);
});

Deno.test("ends that go back, or beyond the bytes, are refused", () => {
  const frames = [frame(0, 1), frame(1, 2), frame(2, 3)];
  for (const change of [[0, 0], [0, 1e9], [1, 1], [1, 0xffffffff], [0, -1]]) {
    const block = blockOf(0, ...frames);
    block.ends[change[0]] = change[1];
    throws(() => check().check(block), RangeError);
  }
});

const ERROR = packError(new RangeError("out of range"));
const DESCRIPTION = {
  name: "Laser",
  summary: "",
  params: {},
  options: {},
  sample: null,
  properties: [],
  methods: [],
  permissions: {},
};

Deno.test("messages that are none of a process are refused", async (test) => {
  const messages: [what: string, message: unknown][] = [
    ["null", null],
    ["a text", "hello"],
    ["a list", []],
    ["nothing known", { hello: 1 }],
    ["two in one", { lost: 1, ended: null }],
    ["an id that is no number", { id: "1", result: null }],
    ["a loss that is no count", { lost: -1 }],
    ["an error without a message", { id: 1, error: { ...ERROR, message: undefined } }],
    ["an error whose context is a text", { ended: { ...ERROR, context: "x" } }],
    ["an error of an unknown origin", { crashed: { ...ERROR, origin: "operator" } }],
    ["a key that sets a prototype", JSON.parse('{"id":1,"result":{"__proto__":{"a":1}}}')],
  ];
  for (const [what, message] of messages) {
    await test.step(what, () => void throws(() => checkMessage(message), RangeError));
  }
  const results: [what: string, result: unknown][] = [
    ["nothing", null],
    ["no name", { ...DESCRIPTION, name: null }],
    ["a name with a line end", { ...DESCRIPTION, name: "Laser\n" }],
    ["a long name", { ...DESCRIPTION, name: "x".repeat(1_000) }],
    ["properties that are none", { ...DESCRIPTION, options: { properties: { a: null } } }],
    ["no list of the required", { ...DESCRIPTION, params: { required: 5 } }],
    ["a deep schema", { ...DESCRIPTION, params: JSON.parse(`${'{"not":'.repeat(100)}{}${"}".repeat(100)}`) }],
    ["ten thousand methods", {
      ...DESCRIPTION,
      methods: Array(10_000).fill({ name: "a", doc: "", parameters: [], input: {} }),
    }],
    ["permissions of no kind", { ...DESCRIPTION, permissions: { all: true } }],
  ];
  checkResult("load", DESCRIPTION);
  for (const [what, result] of results) {
    await test.step(`a description with ${what}`, () => void throws(() => checkResult("load", result), RangeError));
  }
  throws(() => checkResult("create", { streams: "yes" }), RangeError);
  throws(() => checkResult("ping", { memory: -1, cpu: 0, at: 0 }), RangeError);
});

Deno.test("JSON that is nested too deep, or no JSON, is refused before it is parsed", () => {
  for (const json of ["[".repeat(1e6), `${"[".repeat(1e5)}${"]".repeat(1e5)}`, '"', "{}{}", "", "1,2", "]"]) {
    throws(() => parseMessage(text.encode(json)), RangeError);
    throws(() => atOnce(unpackResult(concat([new Uint8Array(4), text.encode(json)]))), RangeError);
  }
});

Deno.test("packets that are changed anywhere are valid or refused: no other error, and only whole events of the device", async () => {
  const valid = [
    blockPacket(1, makeBlock(0, [frame(0, 1), frame(1, { text: "µ" })])),
    jsonPacket(1, { id: 1, result: DESCRIPTION }),
    jsonPacket(1, { id: 2, error: ERROR }),
    blockPacket(1, makeBlock(2, [frame(2, [1, 2, 3])])),
    jsonPacket(1, { lost: 5 }),
    resultPacket(1, 3, '{"a":[1,"2"]}'),
    jsonPacket(1, { ended: null }),
    blockPacket(1, makeBlock(5, [frame(5, "x"), frame(6, null)])),
  ];
  const bytes = fc.array(fc.record({ packet: fc.nat({ max: 7 }), place: fc.nat(), byte: fc.nat({ max: 255 }) }), {
    maxLength: 3,
  });
  const order = fc.array(fc.nat({ max: 7 }), { maxLength: 2 });
  const inserted = fc.record({
    kind: fc.constantFrom(JSON_PACKET, BLOCK_PACKET, RESULT_PACKET, 0, 9),
    bytes: fc.uint8Array(),
  });
  await fc.assert(
    fc.asyncProperty(bytes, order, fc.option(inserted), fc.option(fc.nat()), async (changes, repeated, extra, end) => {
      const packets = valid.map((it) => it.slice());
      for (const { packet, place, byte } of changes) packets[packet][place % packets[packet].length] = byte;
      for (const i of repeated) packets.push(packets[i]);
      if (extra) packets.splice(extra.bytes.length % 8, 0, packet(extra.kind, 1, extra.bytes));
      const all = concat(packets);
      const taken = await take(pipe(end === null ? all : all.slice(0, end % all.length))).catch((error) => {
        ok(error instanceof RangeError, error);
        return [];
      });
      for (const bytes of taken) {
        const events = new TextDecoder().decode(bytes).split("\n\n").slice(0, -1);
        for (const event of events) equal(event.split("\n").length, 3);
        let ids: unknown[] = [];
        try {
          ids = decodeFrames(bytes).map(({ device_id }) => device_id);
        } catch {
          // One event of the device cannot be parsed.
        }
        equal(ids.every((id) => id === "daq1"), true);
      }
    }),
    { numRuns: 2_000 },
  );
});
