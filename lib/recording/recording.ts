import { written } from "../access/folder_answer.ts";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Device } from "../device/device.ts";
import { timestamp } from "../async/clock.ts";
import type { RecordingStatus } from "../wire/recordings.ts";
import type { DeviceFeed } from "./feed/device_feed.ts";
import type { Totals } from "./store/segment.ts";
import { type Manifest, writeManifest } from "./manifest.ts";
import { MAX_DELAY_MS, Mutex } from "../async/mod.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** A device of a recording that runs. */
interface Member {
  readonly feed: DeviceFeed;
  /** Ends the demand for its stream. */
  readonly leave: Promise<() => void>;
}

/** One recording: its manifest, and its feeds while it runs. */
export class Recording {
  readonly folder: string;
  readonly warnings: string[] = [];
  /** The devices that are recorded now. */
  readonly members = new Map<Device, Member>();
  readonly #manifest: Manifest;
  readonly #totals = new Map<string, Omit<Totals, "device">>();
  readonly #writing = new Mutex();
  /** True if its manifest on the disk is not the present one. */
  isUnsaved = false;
  /** Resolves when the recording has stopped; `undefined` until it begins to stop. */
  stopping: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: string, manifest: Manifest) {
    this.folder = `${root}/${manifest.recording_id}`;
    this.#manifest = manifest;
    for (const { device_id, ...totals } of manifest.contents) this.#totals.set(device_id, totals);
  }

  get id(): string {
    return this.#manifest.recording_id;
  }

  get name(): string {
    return this.#manifest.name;
  }

  get patterns(): readonly string[] {
    return this.#manifest.devices;
  }

  get isAlways(): boolean {
    return this.#manifest.always;
  }

  get isStopped(): boolean {
    return this.#manifest.stopped;
  }

  /** The time at which the recording stops by itself, in milliseconds since 1970. */
  get untilMs(): number | undefined {
    return this.#manifest.until === null ? undefined : Date.parse(this.#manifest.until);
  }

  /** The ids of the devices that it has something of. */
  get deviceIds(): string[] {
    return [...new Set([...this.#totals.keys(), ...[...this.members.keys()].map(({ id }) => id)])];
  }

  /** True if a device is to be recorded. */
  takes(deviceId: string): boolean {
    return this.patterns.includes("*") || this.patterns.includes(deviceId);
  }

  status(isPaused: boolean): RecordingStatus {
    const { stopped, ...manifest } = this.#manifest;
    const state = stopped ? "stopped" : this.stopping ? "stopping" : isPaused ? "paused" : "recording";
    return { ...manifest, state, contents: this.#contents(), warnings: [...this.warnings] };
  }

  /** Sets the stored totals of a device as the recorder found them, beyond those of this daemon. */
  setTotals(deviceId: string, totals: Omit<Totals, "device">): void {
    this.#totals.set(deviceId, { ...totals });
  }

  /** More of a device is on the disk. */
  addTotals(deviceId: string, part: Omit<Totals, "device">): void {
    const totals = this.#totals.get(deviceId) ?? { samples: 0, lost: 0, bytes: 0 };
    totals.samples += part.samples;
    totals.lost += part.lost;
    totals.bytes += part.bytes;
    this.#totals.set(deviceId, totals);
  }

  /** Takes the contents of the files as they are now: the retention has removed some. */
  counted(totals: readonly Totals[]): void {
    for (const id of this.#totals.keys()) this.setTotals(id, { samples: 0, lost: 0, bytes: 0 });
    for (const { device, ...rest } of totals) this.setTotals(device, rest);
  }

  addBroken(segments: Manifest["broken"]): void {
    this.#manifest.broken.push(...segments);
  }

  async addNote(text: string): Promise<void> {
    const note = { at: timestamp(), text };
    this.#manifest.notes.push(note);
    const save = () =>
      this.save().catch((error) => {
        // What was refused is not there later.
        this.#manifest.notes = this.#manifest.notes.filter((it) => it !== note);
        throw error;
      });
    await written(save, `Cannot add a note to "${this.id}"`);
  }

  /** Writes the manifest. @throws if the disk does not take it. */
  async save(): Promise<void> {
    this.isUnsaved = true;
    await this.#writing.run(() => writeManifest(this.folder, { ...this.#manifest, contents: this.#contents() }));
    this.isUnsaved = false;
  }

  /** Writes the manifest. A failure is in the log. */
  async saveOrLog(): Promise<void> {
    await this.save().catch((error) => {
      const text = `Cannot save the recording's description: ${messageOf(error)}`;
      logger.error("{error}", { recording_id: this.id, error: text });
    });
  }

  /** Continues a stopped recording of a device that is always recorded again. */
  continue(): void {
    this.#manifest.stopped = false;
    this.#manifest.ended_at = null;
  }

  /** Sets the end. */
  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    this.#manifest.stopped = true;
    this.#manifest.ended_at = timestamp();
    await this.saveOrLog();
  }

  /** Calls `stop` at the end of the recording, if it has one. */
  watchEnd(stop: () => void): void {
    const { untilMs } = this;
    if (untilMs === undefined) return;
    const left = untilMs - Date.now();
    this.#timer = left > 0 ? setTimeout(() => this.watchEnd(stop), Math.min(left, MAX_DELAY_MS)) : undefined;
    if (left <= 0) stop();
  }

  /** The daemon ends: its end is no longer watched. */
  unwatchEnd(): void {
    clearTimeout(this.#timer);
  }

  #contents(): Manifest["contents"] {
    return [...this.#totals].map(([device_id, totals]) => ({ device_id, ...totals }));
  }
}
