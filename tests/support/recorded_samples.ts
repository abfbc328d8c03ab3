import { exportPieces } from "../../lib/recording/export/export_pieces.ts";
import { DeviceFeed } from "../../lib/recording/feed/device_feed.ts";
import { Feeder } from "../../lib/recording/feed/feeder.ts";
import type { StreamLog } from "../../lib/stream/stream_log.ts";
import type { ExportFormat } from "../../lib/wire/recordings.ts";
import { InlineRecorders } from "./inline_recorder.ts";

/** Records what `produce` appends to a log into a new folder, and returns the folder. `sample` is the schema of the samples. */
export async function recordedSamples(log: StreamLog, sample: object, produce: () => void): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const feed = new DeviceFeed({ log, folder, start: "now", describe: () => ({ sample }) });
  const feeder = new Feeder(new InlineRecorders().start, { opened() {}, stored() {}, report() {} });
  feeder.add(feed);
  produce();
  feed.end();
  feeder.wake();
  await feed.closed;
  await feeder.close();
  return folder;
}

/** A recording's folder, or a part of it, as a file. */
export async function exported(folder: string, format: ExportFormat, part = {}): Promise<Uint8Array<ArrayBuffer>> {
  const request = { folder, format, about: { event: "recording", recording_id: "run" }, ...part };
  return await new Blob(await Array.fromAsync(exportPieces(request)) as BlobPart[]).bytes();
}
