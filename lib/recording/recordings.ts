import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import { deadline } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import type { RecordingStatus, RecordingStorage, StartRecording } from "../wire/recordings.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { ContinuousRecordings } from "./continuous.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import type { RecordingHost } from "./descriptor.ts";
import { endTimeOf } from "./recording_id.ts";
import type { FeedStart } from "./feed/device_feed.ts";
import { Feeder } from "./feed/feeder.ts";
import { RecorderWatch } from "./feed/recorder_watch.ts";
import type { StartRecorder } from "./feed/recorder_link.ts";
import { startExport } from "./export/export_process.ts";
import { Progress } from "./progress.ts";
import type { Recording } from "./recording.ts";
import { RecordingTable } from "./recording_table.ts";
import { type RecordedBench, RecordedDevices } from "./recorded_devices.ts";
import type { Retention } from "./retention.ts";
import { Storage } from "./storage.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The answer to a stop waits so long for the rest to be stored. */
const STOP_MS = 5_000;

const NO_HOST: RecordingHost = { hostname: null, versions: {} };

/** The parts of {@linkcode Recordings}. */
export interface RecordingsOptions {
  bench: RecordedBench;
  /** The folder of all recordings. It is made if it is missing. */
  folder: string;
  startRecorder: StartRecorder;
  /** Reads a part of a recording; by default in a process of its own. */
  startExport?: typeof startExport;
  /** Recording stops when the disk has less room. */
  minFreeBytes: number;
  host?: RecordingHost;
  /** The devices that are always recorded, and how much is kept of them. */
  always?: ReadonlyMap<string, Retention>;
  /** Gets the descriptions that cannot be read. */
  unreadable?: UnreadableFile[];
}

/** The recordings of a bench: those that run, and those that have ended. */
export class Recordings {
  readonly folder: string;
  /** The stored samples of each device, for the metrics. */
  readonly progress = new Progress(() => this.#devices.feeds);
  /** Reads a part of a recording as a file. */
  readonly startExport: typeof startExport;
  readonly #bench: RecordedBench;
  readonly #feeder: Feeder;
  readonly #recorder: RecorderWatch;
  readonly #storage: Storage;
  readonly #all: RecordingTable;
  readonly #devices: RecordedDevices;
  readonly #continuous: ContinuousRecordings;
  #isClosing = false;

  private constructor(options: RecordingsOptions) {
    const { bench, folder, startRecorder, minFreeBytes, host = NO_HOST, always = new Map() } = options;
    const start = options.startExport ?? startExport;
    this.startExport = (request, signal) => start({ ...request, minFreeBytes }, signal);
    this.folder = folder;
    this.#all = new RecordingTable(folder, options.unreadable);
    this.#bench = bench;
    this.#storage = new Storage(folder, minFreeBytes);
    this.#recorder = new RecorderWatch(startRecorder);
    this.#feeder = new Feeder(this.#recorder.start, {
      opened: (feed, { totals }) => this.#devices.recordingOf(feed)?.setTotals(feed.log.deviceId, totals),
      stored: (feed, part) => {
        this.#storage.stored(feed.log.deviceId, feed.stored(part.entry, part.next));
        this.progress.add(feed, part);
        this.#devices.recordingOf(feed)?.addTotals(feed.log.deviceId, part);
      },
      report: (report) => {
        if (this.#storage.take(report)) this.#devices.warn(this.storage.free_bytes);
        if (report.report === "broken") {
          this.#all.addBroken(report);
          this.#uncover(report.folder);
        }
        if (report.report === "counted") this.#all.ofFolder(report.folder)?.counted(report.totals);
        if (report.report !== "resumed") return;
        for (const recording of this.all) if (!recording.isStopped || recording.isUnsaved) recording.saveOrLog();
      },
    });
    const removed = ({ folder }: Recording) => (this.#uncover(folder), this.#feeder.count(folder));
    this.#continuous = new ContinuousRecordings({ always, all: this.#all, removed });
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
    return this.#storage.status(this.#devices.feeds, this.#recorder.failure);
  }

  /** The id of the recorder's process; `undefined` while it does not run. */
  get recorderPid(): number | undefined {
    return this.#feeder.pid;
  }

  /** The recorders that took the place of one that had ended. */
  get recorderRestarts(): number {
    return this.#recorder.restarts;
  }

  /** All recordings, the oldest first. */
  get all(): Recording[] {
    return this.#all.list;
  }

  /** The sequence numbers of a device that are stored now, by each recording that runs. */
  storedOf(log: StreamLog): { first: number; next: number }[] {
    return this.#devices.feeds.filter((feed) => feed.log === log).map(({ covered }) => covered);
  }

  /** A recording as data. */
  statusOf(recording: Recording): RecordingStatus {
    return recording.status(this.#storage.isPaused);
  }

  /** @throws {LabError} `RecordingNotFound`; its message lists the newest ones. */
  get(id: string): Recording {
    return this.#all.get(id);
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
    const recording = await this.#all.create({
      name,
      until: endTimeOf(until ?? undefined),
      devices: [...new Set(patterns)],
      tags: tags ?? [],
      notes: note ? [{ at: timestamp(), text: note }] : [],
    });
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
    await this.#all.delete(recording);
  }

  /** Stores what is left, and ends the recorder. Recordings that run go on when the daemon starts again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#continuous.stop();
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
    await this.#all.load();
    await this.#continuous.load();
    for (const recording of this.all) if (!recording.isStopped) this.#begin(recording, "oldest");
    this.#devices.listen();
  }

  /** Removes the oldest files of continuous recordings, as their retention says. */
  applyRetention = (): Promise<void> => this.#continuous.applyRetention();

  #uncover(folder: string): void {
    for (const feed of this.#devices.feeds) if (feed.folder === folder) feed.uncover();
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
}
