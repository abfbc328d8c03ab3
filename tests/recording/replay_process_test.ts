/** A recording as a device, by the shipped driver in a process of its own that may only read. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Lost, stamped } from "labdaemon/driver";
import { JsonText } from "labdaemon/recording";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { folderOf } from "../support/folder_of.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

const DRIVER = new URL("../../drivers/", import.meta.url);

Deno.test("a recording is replayed with the same samples, gaps and distances, also while it still runs", async () => {
  using drivers = folderOf({
    "replay.ts": await Deno.readTextFile(new URL("replay.ts", DRIVER)),
    "_capture.ts": await Deno.readTextFile(new URL("_capture.ts", DRIVER)),
  });
  await using it = await recordingBench();
  await it.daemon.loadDrivers(drivers.url);
  await it.device.connect();
  const run = await it.recordings.start({ name: "run", devices: ["daq1"] });
  const numbers = new JsonText("[9007199254740993,1.0,-0]");
  it.instrument.push(
    ...[stamped(0, numbers), stamped(10, NaN), new Lost(3), stamped(700.5, new Float64Array([0.1, 0.2]), 2)],
    ...[stamped(700.5, { text: "ü\n", deep: [null] }), stamped(1_000, 12345678901234567890n)],
  );
  const last = 7;
  await until("all is stored", () => storyIn(run.folder).length === 6);
  const files = () => Array.from(Deno.readDirSync(`${it.folder}/run`), ({ name }) => name).sort();

  /** What the device gives of the recording, at a hundredth of the time. */
  const replayed = async (name: string) => {
    const device = await it.daemon.addDevice(name, "Replay", { recording: "run", speed: 100 });
    await device.connect();
    const again = await it.recordings.start({ name, devices: [name] });
    await until("all is replayed", () => device.log.sequence > last);
    await it.recordings.stop(again);
    await it.daemon.removeDevice(device);
    return storyIn(`${it.folder}/${again.id}`);
  };

  const story = storyIn(run.folder);
  equal(story.map(([sequence]) => sequence), [0, 1, "gap 2 4", 5, 6, 7]);
  equal(story.map(([, payload]) => payload).slice(0, 2), ["[9007199254740993,1.0,-0]", "null"]);
  /** The times are rounded to a microsecond, there and here. */
  const assertFaster = (found: unknown[][]) => {
    const without = (it: unknown[][]) => it.map(([sequence, payload]) => [sequence, payload]);
    equal(without(found), without(story));
    for (const [i, [, , us, dt]] of found.entries()) {
      if (us === undefined) continue;
      ok(Math.abs(Number(us) - Number(story[i][2]) / 100) <= 1.5, `${us} of ${story[i][2]}`);
      equal(dt, story[i][3] && Number(story[i][3]) / 100);
    }
  };
  assertFaster(await replayed("while-it-runs"));
  await it.recordings.stop(run);
  await until("the file is closed", () => !files().some((name) => /-(wal|shm)$/.test(name)));
  assertFaster(await replayed("afterwards"));
  // Nothing was written beside it.
  equal(files().filter((name) => name.includes("sqlite")), ["000001.sqlite"]);

  const device = await it.daemon.addDevice("gone1", "Replay", { recording: "run" });
  await it.recordings.delete(run);
  await device.connect().catch(() => {});
  match(
    device.lastError!.message,
    /^Cannot replay run: the recording is gone, or has nothing yet$/,
  );
});

/** The samples of a recording: number, payload as text, microseconds since the first one, and `dt`; and its gaps. */
function storyIn(folder: string): unknown[][] {
  let start: number | undefined;
  return [...storedEvents(folder)].flatMap(({ event, data }) => {
    const { sequence, timestamp, dt, from, to } = JSON.parse(data);
    if (event === "gap") return [[`gap ${from} ${to}`]];
    if (event !== "device_data") return [];
    const us = Date.parse(timestamp) * 1000 + Number(timestamp.slice(-4, -1));
    start ??= us;
    return [[sequence, data.slice(data.indexOf('"payload":') + 10, -1), us - start, dt]];
  });
}
