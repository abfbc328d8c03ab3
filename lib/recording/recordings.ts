import { getLogger } from "@logtape/logtape";
import { answered } from "../access/private_file.ts";
import { timestamp } from "../async/clock.ts";
import { deadline } from "../async/mod.ts";
import { LabError, listed, messageOf, shortened } from "../errors.ts";
import type { RecordingStatus, RecordingStorage, StartRecording } from "../wire/recordings.ts";
import type { Host } from "./descriptor.ts";
import { endOf, newId } from "./recording_id.ts";
import type { FeedStart } from "./feed/device_feed.ts";
import { Feeder } from "./feed/feeder.ts";
import type { StartRecorder } from "./feed/recorder_link.ts";
import { startExport } from "./export/export_process.ts";
import type { ExportRequest } from "./export/export_request.ts";
import { newManifest, readManifests } from "./manifest.ts";
import { Recording } from "./recording.ts";
import { type RecordedBench, RecordedDevices } from "./recorded_devices.ts";
import { applyRetention, type Retention } from "./retention.ts";
import { Storage } from "./storage.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The answer to a stop waits so long for the rest to be stored. */
const STOP_MS = 5_000;

/** The time between two looks at what the retention of continuous recordings leaves. */
const SWEEP_MS = 60_000;

const NO_HOST: Host = { hostname: null, versions: {} };

/** What {@linkcode Recordings} needs. */
export interface RecordingsOptions {
  bench: RecordedBench;
  /** The folder of all recordings. It is made if it is missing. */
  folder: string;
  startRecorder: StartRecorder;
  /** Reads a part of a recording; by default in a process of its own. */
  startExport?: (request: ExportRequest) => ReadableStream<Uint8Array>;
  /** Recording stops when the disk has less room. */
  minFreeBytes: number;
  host?: Host;
  /** The devices that are always recorded, and how much is kept of them. */
  always?: ReadonlyMap<string, Retention>;
}

/** The recordings of a bench: those that run, and those that have ended. */
export class Recordings {
  readonly folder: string;
  /** Reads a part of a recording as a file. */
  readonly startExport: (request: ExportRequest) => ReadableStream<Uint8Array>;
  readonly #bench: RecordedBench;
  readonly #feeder: Feeder;
  readonly #storage: Storage;
  readonly #all = new Map<string, Recording>();
  readonly #devices: RecordedDevices;
  readonly #always: ReadonlyMap<string, Retention>;
  #sweeping: ReturnType<typeof setInterval> | undefined;
  #isClosing = false;

  private constructor(options: RecordingsOptions) {
    const { bench, folder, startRecorder, minFreeBytes, host = NO_HOST, always = new Map() } = options;
    this.startExport = options.startExport ?? startExport;
    this.#always = always;
    this.folder = folder;
    this.#bench = bench;
    this.#storage = new Storage(folder, minFreeBytes);
    this.#feeder = new Feeder(startRecorder, {
      opened: (feed, { totals }) => this.#devices.recordingOf(feed)?.setTotals(feed.log.deviceId, totals),
      stored: (feed, part) => {
        this.#storage.stored(feed.log.deviceId, feed.stored(part.entry));
        this.#devices.recordingOf(feed)?.addTotals(feed.log.deviceId, part);
      },
      report: (report) => {
        this.#storage.take(report);
        if (report.report === "broken") this.#reportBroken(report);
        if (report.report !== "resumed") return;
        for (const recording of this.all) if (!recording.isStopped || recording.isUnsaved) recording.saveOrLog();
      },
    });
    const running = () => this.all.filter(({ isStopped, stopping }) => !isStopped && !stopping);
    this.#devices = new RecordedDevices({ bench, host, feeder: this.#feeder, always, running });
  }

  /** Reads the recordings of a folder, and goes on with those that were not stopped. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    await recordings.#load();
    return recordings;
  }

  /** The state of the disk, and of the process that writes. */
  get storage(): RecordingStorage {
    return this.#storage.status(this.#devices.feeds);
  }

  /** The id of the process that writes; `undefined` while there is none. */
  get recorderPid(): number | undefined {
    return this.#feeder.pid;
  }

  /** All recordings, the oldest first. */
  get all(): Recording[] {
    return [...this.#all.values()];
  }

  /** A recording as data. */
  statusOf(recording: Recording): RecordingStatus {
    return recording.status(this.#storage.isPaused);
  }

  /** @throws {LabError} `RecordingNotFound`; its message lists the newest ones. */
  get(id: string): Recording {
    const found = this.#all.get(id);
    if (found) return found;
    const name = shortened(id);
    const known = listed([...this.#all.keys()].reverse());
    const message = `Cannot find recording "${name}": there are ${known}`;
    throw new LabError("RecordingNotFound", message, { context: { recording_id: name } });
  }

  /**
   * Starts to record. The devices stream for it as for any reader.
   *
   * @throws {LabError} `DeviceNotFound`, `InvalidRequest` for an end that cannot be read or is over, or `Unavailable` if the
   * disk does not take it.
   */
  async start({ name, devices, note, tags, until }: StartRecording): Promise<Recording> {
    if (this.folder.includes(",")) {
      const found = "Deno cannot grant a folder whose path has a comma to the recorder; name another data folder";
      throw new LabError("Unavailable", `Cannot record to ${this.folder}: ${found}`);
    }
    const patterns = devices ?? ["*"];
    for (const id of patterns) if (id !== "*") this.#bench.getDevice(id);
    const manifest = newManifest({
      recording_id: newId(name, (id) => this.#all.has(id)),
      name,
      until: endOf(until ?? undefined),
      devices: [...new Set(patterns)],
      tags: tags ?? [],
      notes: note ? [{ at: timestamp(), text: note }] : [],
    });
    const recording = new Recording(this.folder, manifest);
    this.#all.set(recording.id, recording);
    try {
      await answered(() => recording.save(), "Cannot record");
    } catch (cause) {
      this.#all.delete(recording.id);
      if (cause instanceof LabError) throw cause;
      throw new LabError("Unavailable", `Cannot record to ${recording.folder}: ${messageOf(cause)}`, { cause });
    }
    this.#begin(recording, "now");
    logger.info("Recording {recording_id} has started", { recording_id: recording.id });
    return recording;
  }

  /** Stops a recording. Resolves when all of it is stored, or after 5 s: the rest is then stored as soon as that is possible. */
  async stop(recording: Recording): Promise<void> {
    if (recording.isStopped) return;
    recording.stopping ??= this.#finish(recording);
    await deadline(recording.stopping, STOP_MS).catch(() => {});
  }

  /** Deletes a recording with its data. @throws {LabError} `RecordingActive` while it runs. */
  async delete(recording: Recording): Promise<void> {
    const { id, folder } = recording;
    if (!recording.isStopped) {
      const message = `Cannot delete recording "${id}": it is running; stop it first`;
      throw new LabError("RecordingActive", message, { context: { recording_id: id } });
    }
    await answered(() => Deno.remove(folder, { recursive: true }), `Cannot delete recording "${id}"`);
    this.#all.delete(id);
    logger.info("Recording {recording_id} was deleted", { recording_id: id });
  }

  /** Stores what is left, and ends the recorder. Recordings that run go on when the daemon starts again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeping);
    this.#devices.stopListening();
    const running = this.all.filter(({ isStopped }) => !isStopped);
    for (const recording of running) {
      recording.unwatchEnd();
      this.#devices.end(recording);
    }
    const rest = Promise.all(this.#devices.feeds.map(({ closed }) => closed));
    await deadline(rest, STOP_MS).catch(() => logger.error("The end of what was recorded could not be stored"));
    await this.#feeder.close();
    await deadline(Promise.all(running.map((it) => it.saveOrLog())), STOP_MS)
      .catch(() => logger.error("The descriptions of recordings could not be written"));
  }

  async #load(): Promise<void> {
    const { found, faults } = await answered(() => readManifests(this.folder), "Cannot read the recordings")
      .catch((error) => ({ found: [], faults: [error] }));
    for (const fault of faults) logger.error("Cannot read the recordings: {error}", { error: messageOf(fault) });
    for (const manifest of found) this.#all.set(manifest.recording_id, new Recording(this.folder, manifest));
    await this.#loadAlways();
    for (const recording of this.all) if (!recording.isStopped) this.#begin(recording, "oldest");
    this.#devices.listen();
  }

  /** Has a continuous recording for each device that is always recorded, and stops those of others. */
  async #loadAlways(): Promise<void> {
    const continuous = this.all.filter(({ isAlways }) => isAlways);
    for (const recording of continuous) {
      if (this.#always.has(recording.patterns[0])) recording.continue();
      else if (!recording.isStopped) await recording.finish();
    }
    for (const deviceId of this.#always.keys()) {
      if (continuous.some(({ patterns }) => patterns[0] === deviceId)) continue;
      const recording_id = newId(`always-${deviceId}`, (id) => this.#all.has(id));
      const about = { recording_id, name: recording_id, always: true, devices: [deviceId] };
      const recording = new Recording(this.folder, newManifest(about));
      this.#all.set(recording_id, recording);
      await recording.saveOrLog();
    }
    if (this.#always.size > 0) this.#sweeping = setInterval(() => void this.applyRetention(), SWEEP_MS);
  }

  /** Removes the oldest files of continuous recordings, as their retention says. */
  async applyRetention(): Promise<void> {
    for (const { id, isAlways, isStopped, patterns: [deviceId], folder } of this.all) {
      const retention = this.#always.get(deviceId);
      if (!isAlways || isStopped || !retention) continue;
      try {
        const removed = await applyRetention(folder, retention);
        if (removed.length > 0) {
          logger.debug("{count} old files were removed", { recording_id: id, count: removed.length });
        }
      } catch (error) {
        logger.error("The retention cannot be kept: {error}", { recording_id: id, error: messageOf(error) });
      }
    }
  }

  #begin(recording: Recording, start: FeedStart): void {
    this.#devices.begin(recording, start);
    recording.watchEnd(() => void this.stop(recording));
  }

  async #finish(recording: Recording): Promise<void> {
    await this.#devices.end(recording);
    // The daemon ends first: the recording goes on with the next one.
    if (this.#isClosing) return;
    this.#feeder.endFolder(recording.folder);
    await recording.finish();
    logger.info("Recording {recording_id} has stopped", { recording_id: recording.id });
  }

  #reportBroken({ folder, segments }: { folder: string; segments: { file: string; message: string }[] }): void {
    for (const { file, message } of segments) {
      logger.error("A broken file of a recording was set aside: {file}: {error}", {
        file: `${folder}/${file}`,
        error: message,
      });
    }
    const recording = this.all.find((it) => it.folder === folder);
    if (!recording) return;
    recording.addBroken(segments);
    recording.saveOrLog();
  }
}
