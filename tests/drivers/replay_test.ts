import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { Lost, Stamped } from "labdaemon/driver";
import replay from "../../drivers/replay.ts";
import { CsvTable } from "../../lib/cli/ctl/view/csv_table.ts";
import type { ReceivedEvent } from "../../lib/client/mod.ts";
import { fakeTime } from "../support/time.ts";
import { folderOf } from "../support/folder_of.ts";
import { rowsOf } from "../support/stored_pieces.ts";
import { Segment } from "../../lib/recording/store/segment.ts";

const event = (sequence: number, ms: number, payload: unknown, device_id = "daq1") => ({
  event: "device_data",
  device_id,
  sequence,
  timestamp: new Date(Date.UTC(2026, 10, 22) + ms).toISOString().replace("Z", "500Z"),
  payload,
});

const EVENTS = [
  event(0, 0, { x: 1, y: "a,b" }),
  event(0, 50, 9, "other"),
  event(1, 100, { x: -2.5, y: null }),
  { event: "gap", device_id: "daq1", lost: 3 },
  event(5, 400, { x: 3, y: "" }),
];

const JSONL = EVENTS.map((it) => JSON.stringify(it)).join("\n");
const SSE = `retry: 2000\n\n${
  EVENTS.map((it) => `id: k3f9-0\nevent: ${it.event}\ndata: ${JSON.stringify(it)}\n\n`).join("")
}: keep-alive\n\n`;
const EXPECTED = [[0, { x: 1, y: "a,b" }], [100, { x: -2.5, y: null }], "3 lost", [400, { x: 3, y: "" }]];

/** Each sample's time and value in a run of the file. */
async function play(
  text: string,
  { name = "capture.jsonl", params = {}, options = {}, count = Infinity }: {
    name?: string;
    params?: Record<string, unknown>;
    options?: Record<string, unknown>;
    count?: number;
  } = {},
) {
  await using folder = await folderOf({ [name]: text });
  const file = decodeURIComponent(new URL(folder.file(name)).pathname);
  const device = replay.create(replay.params.parse({ file, ...params }));
  const stop = new AbortController();
  const found: unknown[] = [];
  await device.connect?.(stop.signal);
  for await (const each of device.stream!(stop.signal, replay.options.parse({ speed: 100, ...options }))) {
    if (each instanceof Stamped) found.push([Math.round(each.time * 1000) / 1000, each.value]);
    if (each instanceof Lost) found.push(`${each.count} lost`);
    if (found.length === count) stop.abort();
  }
  return found;
}

const faster = (factor: number) => EXPECTED.map((it) => typeof it === "string" ? it : [Number(it[0]) / factor, it[1]]);

Deno.test("Replay gives the samples of a capture with their distances, and its gaps", async () => {
  equal(await play(JSONL), faster(100));
  equal(await play(SSE, { name: "capture.sse" }), faster(100));
  // A file of unknown kind is read as JSON lines or as an event stream.
  equal(await play(SSE, { name: "capture" }), faster(100));
  equal(await play(JSONL, { params: { device: "other" } }), [[0, 9]]);
});

Deno.test("Replay reads what ctl exports as CSV", async () => {
  const table = new CsvTable(null);
  const csv = EVENTS.filter(({ device_id }) => device_id === "daq1").map((it) => {
    if (it.event !== "gap") return table.row(it as unknown as ReceivedEvent).text;
    table.addLost(3);
    return "";
  }).join("");
  equal(await play(csv, { name: "capture.csv" }), faster(100));
  const scalar = "timestamp,value\r\n2026-11-22T00:00:00.000100Z,1.5\r\n2026-11-22T00:00:00.000300Z,\r\n";
  equal(await play(scalar, { name: "scalar.csv" }), [[0, 1.5], [0.002, null]]);
  equal(await play('time,"a ""b""",c\n0,"two\nlines",[1]\n0.1,true,x', { name: "own.csv" }), [
    [0, { 'a "b"': "two\nlines", c: [1] }],
    [1, { 'a "b"': true, c: "x" }],
  ]);
});

Deno.test("Replay begins again at the end, if it is asked to", async () => {
  const text = [event(0, 0, 1), event(1, 100, 2)].map((it) => JSON.stringify(it)).join("\n");
  equal(await play(text, { options: { loop: true }, count: 5 }), [[0, 1], [1, 2], [2, 1], [3, 2], [4, 1]]);
});

Deno.test("a loop over a few samples does not open its file at each turn, but after a second, when there may be more", async () => {
  using folder = folderOf({});
  const path = `${folder.path}/000001.sqlite`;
  const segment = new Segment(path);
  const pieces = [{ payloads: ["1", "2"], lost: 0, stepUs: 1_000, isWaveform: false }];
  for (const row of rowsOf(pieces, "daq1")) segment.insert(row);
  segment.commit();
  segment.close();
  using time = fakeTime();
  const device = replay.create(replay.params.parse({ recording: folder.path, loop: true }));
  const samples = device.stream!(new AbortController().signal, {})[Symbol.asyncIterator]();
  const next = async () => {
    let isOver = false;
    const sample = samples.next().finally(() => isOver = true);
    sample.catch(() => {});
    for (let ms = 0; !isOver && ms < 100; ms++) await time.tick(1);
    const { value } = await sample;
    return value instanceof Stamped ? Number(`${(value.value as { text: string }).text}`) : value;
  };
  equal([await next(), await next()], [1, 2]);
  Deno.removeSync(path);
  for (let turn = 0; turn < 20; turn++) equal([await next(), await next()], [1, 2]);
  await time.tick(1_000);
  await rejects(async () => {
    for (let i = 0; i < 3_000; i++) await next();
  }, { message: /the recording is gone, or has nothing yet$/ });
});

Deno.test("Replay takes the time of the capture, divided by its speed", async () => {
  // Each line ends: the second sample needs no further read of the file, during which time stands still.
  const text = [event(0, 0, 1), event(1, 60_000, 2)].map((it) => `${JSON.stringify(it)}\n`).join("");
  for (const [speed, ms] of [[0.1, 600_000], [1, 60_000], [100, 600]]) {
    equal(await withTime(text, speed), ms);
  }
});

/** The time at which the second sample comes. */
async function withTime(text: string, speed: number): Promise<number> {
  await using folder = await folderOf({ "capture.jsonl": text });
  const file = decodeURIComponent(new URL(folder.file("capture.jsonl")).pathname);
  const device = replay.create(replay.params.parse({ file }));
  using time = fakeTime();
  const samples = device.stream!(new AbortController().signal, { speed, loop: false })[Symbol.asyncIterator]();
  await samples.next();
  const start = performance.now();
  let over = false;
  const second = samples.next().finally(() => over = true);
  for (; !over; await time.tick(100)) ok(performance.now() - start < 3_600_000, "no second sample within an hour");
  await second;
  await samples.return?.();
  return performance.now() - start;
}

Deno.test("Replay names the line that it cannot read", async () => {
  await rejects(play(`${JSONL}\nnonsense and more`), {
    message: /^Cannot replay capture\.jsonl: line 6: expected a JSON object, found "nonsense and more"$/,
  });
  await rejects(play(JSON.stringify({ payload: 1 })), { message: /line 1: expected a time in RFC 3339 or in seconds/ });
  await rejects(play("a,b\n1,2", { name: "x.csv" }), {
    message: /expected a header with a column timestamp or time, found a, b/,
  });
  await rejects(play("time,b\n1", { name: "x.csv" }), { message: /line 2: expected 2 cells, found 1/ });
  await rejects(play(""), { message: /it has no sample$/ });
  await rejects(play(JSONL, { params: { device: "none" } }), { message: /it has no sample of none$/ });
});

Deno.test("Replay gives the samples of a recording as they stood in the stream, with their gaps and the time between them", async () => {
  using folder = folderOf({});
  const pieces = [
    { payloads: ["9007199254740993", "1.0"], lost: 0, stepUs: 100_000, isWaveform: false },
    { payloads: ["[1,null]"], lost: 2, stepUs: 50_000, isWaveform: true },
  ];
  const segment = new Segment(`${folder.path}/000001.sqlite`);
  for (const row of [...rowsOf(pieces, "daq1"), ...rowsOf(pieces, "daq2")]) segment.insert(row);
  segment.commit();
  segment.close();
  const played = async (given: Record<string, unknown>, options = {}, count = Infinity) => {
    const device = replay.create(replay.params.parse({ recording: folder.path, ...given }));
    const stop = new AbortController();
    const found: unknown[] = [];
    await device.connect?.(stop.signal);
    for await (const each of device.stream!(stop.signal, replay.options.parse(options))) {
      if (each instanceof Stamped) found.push([each.time, each.dt, `${(each.value as { text: string }).text}`]);
      if (each instanceof Lost) found.push(`${each.count} lost`);
      if (found.length === count) stop.abort();
    }
    return found;
  };
  const at = (speed: number) => [
    [0, undefined, "9007199254740993"],
    [100 / speed, undefined, "1.0"],
    "2 lost",
    [150 / speed, 1 / speed, "[1,null]"],
  ];
  equal(await played({ device: "daq1", speed: 100 }), at(100));
  equal(await played({ device: "daq2", speed: 0.1 }, { speed: 50 }), at(50));
  equal((await played({ device: "daq1", speed: 100, loop: true }, {}, 6)).slice(4), [
    [2, undefined, "9007199254740993"],
    [
      3,
      undefined,
      "1.0",
    ],
  ]);
  await rejects(played({}), { message: /^Cannot replay \S+: it has daq1, daq2: choose one of them by "device"$/ });
  await rejects(played({ device: "x" }), { message: /^Cannot replay \S+: it has no device "x", it has daq1, daq2$/ });
  Deno.removeSync(`${folder.path}/000001.sqlite`);
  await rejects(played({ device: "daq1" }), {
    message: /^Cannot replay \S+: the recording is gone, or has nothing yet$/,
  });
});

Deno.test("Replay asks for its file or its recording, and has limits", () => {
  equal(replay.permissions({ recording: "/data/recordings/run42" }), { read: ["/data/recordings/run42"] });
  for (const params of [{}, { recording: "a", file: "b" }]) {
    equal(replay.params.safeParse(params).error?.issues.map(({ path, message }) => [path, message]), [
      [["recording"], "expected a recording or a file"],
    ]);
  }
  equal(replay.permissions({ file: "captures/a.csv" }), { read: ["captures/a.csv"] });
  for (const speed of [0.09, 101]) ok(!replay.options.safeParse({ speed }).success);
  match(replay.summary, /0\.1 to 100/);
});
