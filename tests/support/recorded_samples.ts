import { exportPieces } from "../../lib/recording/export/export_pieces.ts";
import { DeviceFeed } from "../../lib/recording/feed/device_feed.ts";
import { Feeder } from "../../lib/recording/feed/feeder.ts";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import type { ExportFormat } from "../../lib/wire/recordings.ts";
import { InlineRecorders } from "./inline_recorder.ts";

/** A log to record, and the schema of its samples. */
interface SampleSource {
  log: StreamLog;
  sample: object;
}

/** Records what `produce` appends to a log into a new folder, and returns the folder. `sample` is the schema of the samples. */
export async function recordedSamples(log: StreamLog, sample: object, produce: () => void): Promise<string> {
  return await recordedLogs([{ log, sample }], produce);
}

/** Records the payloads of several devices into a new folder, and returns the folder. */
export async function recordedPayloads(
  devices: Readonly<Record<string, { sample: object; payloads: readonly unknown[] }>>,
): Promise<string> {
  const sources = Object.entries(devices).map(([deviceId, device]) => (
    {
      ...device,
      log: new StreamLog({ deviceId, epoch: "e1" }),
      frame: sampleFramer({ deviceId, epoch: "e1", arrays: "json" }),
    }
  ));
  return await recordedLogs(sources, () => {
    for (const { log, frame, payloads } of sources) {
      log.append(makeBlock(0, payloads.map((payload, i) => frame(i, payload))));
    }
  });
}

async function recordedLogs(sources: readonly SampleSource[], produce: () => void): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const feeds = sources.map(({ log, sample }) =>
    new DeviceFeed({ log, folder, start: "now", describe: () => ({ sample }) })
  );
  const feeder = new Feeder(new InlineRecorders().start, { opened() {}, stored() {}, report() {} });
  for (const feed of feeds) feeder.add(feed);
  produce();
  for (const feed of feeds) feed.end();
  feeder.wake();
  for (const feed of feeds) await feed.closed;
  await feeder.close();
  return folder;
}

/** A recording's folder, or a part of it, as a file. */
export async function exported(folder: string, format: ExportFormat, part = {}): Promise<Uint8Array<ArrayBuffer>> {
  const request = { folder, format, about: { event: "recording", recording_id: "run" }, ...part };
  return await new Blob(await Array.fromAsync(exportPieces(request)) as BlobPart[]).bytes();
}
