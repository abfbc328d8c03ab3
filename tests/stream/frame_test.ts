import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFrames, eventFrame, gapFrame, sampleFramer } from "../../lib/stream/mod.ts";
import { anyText } from "../support/any_text.ts";
import { fakeTime } from "../support/time.ts";
import { HEAD, parse } from "./wire.ts";

const text = new TextDecoder();

Deno.test("a sample's frame is the one of the contract, to the letter", () => {
  using _time = fakeTime(new Date("2026-11-22T06:25:52.123Z"));
  const frame = sampleFramer({ deviceId: "daq1", epoch: "k3f9", arrays: "json" });
  assert.equal(
    frame(42, 7.31),
    "id: k3f9-42\nevent: device_data\n" +
      'data: {"event":"device_data","device_id":"daq1","sequence":42,' +
      '"timestamp":"2026-11-22T06:25:52.123000Z","payload":7.31}\n\n',
  );
});

Deno.test("a gap's frame is the one of the contract, to the letter", () => {
  using _time = fakeTime(new Date("2026-11-22T06:25:52.123Z"));
  assert.equal(
    text.decode(gapFrame(HEAD, { from: 7, to: 9, reason: "slow-reader" }, 10)),
    "id: e1-9\nevent: gap\n" +
      'data: {"event":"gap","device_id":"daq1","timestamp":"2026-11-22T06:25:52.123000Z",' +
      '"from":7,"to":9,"lost":3,"reason":"slow-reader"}\n\n',
  );
});

Deno.test("a gap of a restart has neither an end nor a loss, and its id is the place where its reader continues", () => {
  const [{ id, data }] = parse(gapFrame(HEAD, { from: 7, to: null, reason: "restart" }, 3));
  assert.equal(id, "e1-2");
  assert.deepEqual([data.from, data.to, data.lost, data.reason], [7, null, null, "restart"]);
});

Deno.test("any other event has its name in its data, and an id only if one is given", () => {
  assert.deepEqual(parse(eventFrame("device_state", { state: "streaming" })), [
    { id: undefined, event: "device_state", data: { event: "device_state", state: "streaming" } },
  ]);
  assert.equal(parse(eventFrame("device_state", {}, { id: "e1-4" }))[0].id, "e1-4");
});

Deno.test("a reader gets every payload as it was, whatever text is in it", () => {
  const texts = fc.oneof(
    anyText(),
    fc.string({
      unit: fc.constantFrom("\n", "\r", "\u2028", "\u2029", "\0", "id: ", "data: ", "\ud800", "}", '"', "é"),
    }),
  );
  const payloads = fc.array(fc.oneof(texts, fc.jsonValue()), { minLength: 1 });
  fc.assert(fc.property(payloads, texts, (payloads, deviceId) => {
    const frame = sampleFramer({ ...HEAD, deviceId });
    const events = parse(payloads.map((payload, i) => frame(i, payload)).join(""));

    assert.equal(events.length, payloads.length);
    events.forEach(({ id, event, data }, i) => {
      assert.equal(id, `e1-${i}`);
      assert.equal(event, "device_data");
      assert.equal(data.sequence, i);
      assert.equal(data.device_id, deviceId);
      assert.deepEqual(data.payload, JSON.parse(JSON.stringify(payloads[i])));
    });
  }));
});

Deno.test("decodeFrames() reads back what this program wrote, as any other parser does", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), (payloads) => {
    const frame = sampleFramer(HEAD);
    const bytes = new TextEncoder().encode(payloads.map((payload, i) => frame(i, payload)).join(""));
    assert.deepEqual(decodeFrames(bytes), parse(bytes).map(({ data }) => data));
  }));
});

Deno.test("decodeFrames() reads events without an id, and no event from no bytes", () => {
  assert.deepEqual(decodeFrames(eventFrame("device_state", { state: "connected" })), [
    { event: "device_state", state: "connected" },
  ]);
  assert.deepEqual(decodeFrames(new Uint8Array()), []);
});
