import assert from "node:assert/strict";
import { toCsv, waveformsToCsv } from "../../web/export/csv.ts";
import { Feed } from "../../web/stream/feed.ts";
import { leftOutWords } from "../../web/export/left_out_words.ts";
import { timestampOf } from "../../web/stream/timestamps.ts";
import type { Trace } from "../../web/stream/trace.ts";

const START = 1_795_000_000;
const ALL = { from: -Infinity, to: Infinity };

/** A device that gave these payloads, one a second. */
function feedOf(...payloads: unknown[]): Feed {
  const feed = new Feed("daq1");
  payloads.forEach((payload, i) =>
    feed.receive(
      { event: "device_data", device_id: "daq1", timestamp: timestampOf(START + i), sequence: i, payload },
      `e1;daq1:${i}`,
      START + i,
    )
  );
  return feed;
}

/** Its table: the header, and the cells of the channels. */
function tableOf(feed: Feed, trace: Trace = feed.live.trace, unit = ""): string[][] {
  const channels = [...feed.channels.values()].map(({ name }) => ({ name, unit }));
  const { text } = toCsv([{ deviceId: feed.deviceId, trace, channels, gaps: [] }], ALL);
  return text.trimEnd().split("\n").map((line) => line.split(",").slice(5, -1));
}

Deno.test("states and texts that are on the page are in its export, sample by sample", () => {
  const feed = feedOf(
    { on: true, n: 1, txt: "idle" },
    { on: false, n: 2, txt: "" },
    { on: null, n: 3, txt: "a, b" },
    { n: 4 },
  );
  const { text } = toCsv([{
    deviceId: "daq1",
    trace: feed.live.trace,
    channels: ["on", "n", "txt"].map((name) => ({ name, unit: "" })),
    gaps: [],
  }], ALL);
  assert.deepEqual(text.split("\n").map((line) => line.split(",").slice(5).join()), [
    "on,n,txt,note",
    "true,1,idle,",
    'false,2,"",',
    ',3,"a, b",',
    ",4,,",
    "",
  ]);
});

Deno.test("a channel that gives a text now and then, as an overload, has numbers and texts in one column", () => {
  assert.deepEqual(tableOf(feedOf(1.5, "OL", 2)).flat(), ["value", "1.5", "OL", "2"]);
  assert.deepEqual(tableOf(feedOf("OL", 1.5, 2)).flat(), ["value", "OL", "1.5", "2"]);
});

Deno.test("words stay with their samples while old samples go, and when the picture is halted", () => {
  const feed = feedOf(...Array.from({ length: 100_000 }, (_, i) => i < 10 ? { n: i } : { n: i, txt: `t${i}` }));
  for (const trace of [feed.live.trace, feed.live.trace.snapshot()]) {
    const [head, ...rows] = tableOf(feed, trace);
    assert.deepEqual(head, ["n", "txt"]);
    assert.equal(rows.length, trace.capacity);
    assert.equal(rows.every(([n, txt]) => txt === `t${n}`), true);
  }
  assert.ok(feed.live.trace.words.get("txt")!.length <= feed.live.trace.times.length);
  feed.clear();
  assert.equal(feed.live.trace.words.size, 0);
});

Deno.test("no two columns have one name: a channel with the name of a fixed column begins with payload.", () => {
  const heads = (payload: unknown, unit?: string) => tableOf(feedOf(payload), undefined, unit)[0];
  assert.deepEqual(heads({ timestamp: 1000, lost: 77, volts: 1.5 }), ["payload.timestamp", "payload.lost", "volts"]);
  assert.deepEqual(heads({ lost: 1, payload: { lost: 2 } }), ["payload.payload.lost", "payload.lost"]);
  assert.deepEqual(heads({ note: 1, index: 2 }, "V"), ["payload.note [V]", "index [V]"]);
  const waveform = { time: START, sequence: 0, values: Float64Array.of(1) };
  assert.match(
    waveformsToCsv("daq1", { name: "index", unit: "" }, [waveform]),
    /^device_id,sequence,timestamp,index,payload\.index\n/,
  );
});

Deno.test("two values of one name are two channels: a key that is empty and one called value, a key with a dot and a path", () => {
  const values = (payload: unknown) => Object.fromEntries(feedOf(payload, payload).values);
  assert.deepEqual(values({ "": 2, value: 7 }), { value: 2, "payload.value": 7 });
  assert.deepEqual(values({ "a.b": 1, a: { b: 2 } }), { "a.b": 1, "payload.a.b": 2 });
  assert.deepEqual(tableOf(feedOf({ "": 2, value: 7 })), [["value", "payload.value"], ["2", "7"]]);
});

Deno.test("an export names what it leaves out, and where to get it", () => {
  const device = (deviceId: string, payload: unknown, chosen: string[], isSilent = false) => ({
    deviceId,
    channels: [...feedOf(payload).channels.values()],
    isChosen: (name: string) => chosen.includes(name),
    isSilent,
  });
  assert.equal(leftOutWords([device("a", { n: 1, on: true }, ["n"])]), "");
  assert.equal(
    leftOutWords([
      device("a", { u: 1, i: 2 }, ["u"]),
      device("osc", [1, 2, 3], ["value"]),
      device("b", null, [], true),
    ]),
    " Not in the file: a i (not drawn: choose what to draw under “Channels”); " +
      "osc value (“Save as CSV” stands below each waveform); b (no values in the time that is shown).",
  );
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, i]));
  assert.match(leftOutWords([device("a", many, [])]), /: a c0, a c1, a c2, a c3, a c4, a c5 and 14 more \(not drawn/);
});
