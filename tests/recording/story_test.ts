/** The story of a device that comes, goes, reconnects and gets another driver is in each format, also while it is recorded. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { EXPORT_FORMATS, type ExportFormat } from "../../lib/wire/recordings.ts";
import { exported } from "../support/recorded_samples.ts";
import { readArrow, readHdf5, readMcap, readParquet } from "../support/read_export.ts";
import { type RecordingBench, recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** What a file has of "daq1": its other events in order, as JSON, and the numbers of its samples. */
interface Story {
  events: unknown[];
  samples: number[];
}

/** The cells of a CSV file. */
function cellsOf(csv: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g;
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(cell)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\n") rows.push([]);
  }
  return rows.slice(1, -1);
}

/** The events of a file in order, as JSON texts; of a sample of a table, its number alone. */
async function textsIn(format: ExportFormat, bytes: Uint8Array<ArrayBuffer>): Promise<(string | number)[]> {
  const text = () => new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
  if (format === "jsonl") return text().trim().split("\n").slice(1);
  if (format === "mcap") return readMcap(bytes).messages.map((it) => it.text);
  if (format === "csv") {
    return cellsOf(text()).map(([, , sequence, , , , detail, value]) => value ? Number(sequence) : detail);
  }
  const { rows } = format === "parquet"
    ? await readParquet(bytes)
    : format === "arrow"
    ? readArrow(bytes)
    : await readHdf5(bytes, "daq1");
  return rows.map(({ event, sequence, detail }) => event === null ? Number(sequence) : detail!);
}

async function storyIn(it: RecordingBench, format: ExportFormat): Promise<Story> {
  const texts = await textsIn(format, await exported(`${it.folder}/run`, format));
  const all = texts.map((text) => typeof text === "number" ? text : JSON.parse(text));
  const own = all.filter((event) => typeof event === "number" || event.device_id === "daq1");
  const numbers = own.map((event) => event.event === "device_data" ? event.sequence : event);
  return {
    events: numbers.filter((event) => typeof event !== "number"),
    samples: numbers.filter((event) => typeof event === "number"),
  };
}

Deno.test("each format has the story of a device that is added, reconnected, reloaded and removed, while it is recorded and afterwards", async () => {
  await using it = await recordingBench();
  await it.device.connect();
  const isStored = (count: number) =>
    until(
      "the samples are stored",
      () => it.stored("run").filter(({ event }) => event === "device_data").length === count,
    );
  const run = await it.recordings.start({ name: "run", devices: ["*"] });
  await it.push(1);
  await isStored(1);
  await it.device.disconnect();
  await it.device.connect();
  await it.push(2);
  // As the registry does when a file was edited: it replaces the plan, and says that drivers have changed.
  it.daemon.registerPlugins({ devices: { Edited: it.instrument.driver } });
  const { plan: { source } } = await it.daemon.addDevice("daq2", "Edited");
  it.device.replacePlan({ ...it.device.plan, source });
  await Deno.writeTextFile(`${it.folder}/edited.yaml`, "driver: [");
  await it.daemon.loadDrivers(pathToFileURL(`${it.folder}/`));
  await it.push(3);
  await isStored(3);
  const check = async (samples: number, more: string[]) => {
    const expected = await storyIn(it, "jsonl");
    const names = expected.events.map((event) => (event as { event: string }).event);
    const states = expected.events.map((event) => event as { state?: string; event: string })
      .filter(({ event }) => event === "device_state").map(({ state }) => state);
    equal(expected.samples.length, samples);
    ok(names.filter((name) => name === "descriptor").length >= 2 + more.length);
    const connecting = " disconnected connecting connected streaming";
    const changes = states.filter((state, i) => state !== states[i - 1]).join(" ");
    equal(changes, `connected streaming${connecting}${more.map(() => connecting).join("")}`);
    const types = expected.events.map((event) => (event as { device_type?: string }).device_type);
    ok(types.includes("Scripted") && types.includes("Edited"), types.join());
    for (const format of EXPORT_FORMATS) equal(await storyIn(it, format), expected, format);
  };
  await check(3, []);
  await it.daemon.removeDevice("daq1");
  const again = await it.daemon.addDevice("daq1", "Scripted");
  await again.connect();
  it.instrument.push(4);
  await isStored(4);
  await check(4, ["removed"]);
  await it.recordings.stop(run);
  await check(4, ["removed"]);
});
