import { getLogger } from "@logtape/logtape";
import { answered, written } from "../access/folder_answer.ts";
import { makeNewFolder } from "../access/private_file.ts";
import { LabError, listed, messageOf, shortened } from "../errors.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { removeDrafts } from "./export/drafts.ts";
import { type Manifest, newManifest, type NewRecording, readManifests } from "./manifest.ts";
import type { RecorderReport } from "./protocol/messages.ts";
import { Recording } from "./recording.ts";
import { recordingId } from "./recording_id.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The recordings of a folder by their ids, the oldest first. */
export class RecordingTable {
  readonly #folder: string;
  readonly #unreadable: UnreadableFile[];
  readonly #all = new Map<string, Recording>();

  /** @param unreadable Gets the descriptions that cannot be read. */
  constructor(folder: string, unreadable: UnreadableFile[] = []) {
    this.#folder = folder;
    this.#unreadable = unreadable;
  }

  get list(): Recording[] {
    return [...this.#all.values()];
  }

  /** @throws {LabError} `RecordingNotFound`; its message lists the newest ones. */
  get(id: string): Recording {
    const found = this.#all.get(id);
    if (found) return found;
    const name = shortened(id);
    const known = listed([...this.#all.keys()].reverse());
    const message = `Cannot find recording "${name}": there is none of that id; known recordings are ${known}`;
    throw new LabError("RecordingNotFound", message, { context: { recording_id: name } });
  }

  /** The recording whose files are in a folder. */
  ofFolder(folder: string): Recording | undefined {
    return this.list.find((it) => it.folder === folder);
  }

  /** Makes a recording. @throws {LabError} `Unavailable` if the disk does not take it. */
  async create(about: NewRecording): Promise<Recording> {
    const id = await this.#makeFolder(about.name);
    const recording = this.#add(newManifest(id, about));
    try {
      await answered(() => recording.save(), "Cannot record");
    } catch (cause) {
      this.#all.delete(id);
      if (cause instanceof LabError) throw cause;
      await Deno.remove(recording.folder).catch(() => {});
      throw new LabError("Unavailable", `Cannot record to ${recording.folder}: ${messageOf(cause)}`, { cause });
    }
    return recording;
  }

  /** Makes a recording also if the disk does not take it: its description is written when that is possible. */
  async createAnyway(about: NewRecording): Promise<Recording> {
    const id = await this.#makeFolder(about.name).catch((error) => {
      logger.error("{error}", { error: messageOf(error) });
      // It is not known which folders there are: the time makes it a new one.
      return recordingId(about.name, Date.now());
    });
    const recording = this.#add(newManifest(id, about));
    await recording.saveOrLog();
    return recording;
  }

  #add(manifest: Manifest): Recording {
    const recording = new Recording(this.#folder, manifest);
    this.#all.set(recording.id, recording);
    return recording;
  }

  /**
   * Makes the folder of a new recording, and returns its id. A folder that is there already is never used: it may have
   * data, also if its description cannot be read.
   *
   * @throws {LabError} `Unavailable` if the disk does not take it.
   */
  async #makeFolder(name: string): Promise<string> {
    const make = async () => {
      for (let n = 1;; n++) {
        const id = recordingId(name, n);
        if (!this.#all.has(id) && await makeNewFolder(`${this.#folder}/${id}`)) return id;
      }
    };
    try {
      return await answered(make, "Cannot record");
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      throw new LabError("Unavailable", `Cannot record to ${this.#folder}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Reads the descriptions of all recordings. What cannot be read is in the log. */
  async load(): Promise<void> {
    const attempt = "Cannot read the recordings";
    const { found, faults } = await answered(() => readManifests(this.#folder), attempt).catch((error) => {
      const message = error instanceof LabError ? error.message : `${attempt}: ${messageOf(error)}`;
      return { found: [], faults: [{ file: this.#folder, message }] };
    });
    for (const fault of faults) {
      logger.error("{error}", { error: fault.message });
      this.#unreadable.push(fault);
    }
    for (const manifest of found) this.#add(manifest);
    const removed = Promise.all(this.list.map(({ folder }) => removeDrafts(folder)));
    await answered(() => removed, "Cannot read the recordings").catch((error) =>
      logger.warn("Cannot remove the files of exports that did not end: {error}", { error: messageOf(error) })
    );
  }

  /** Deletes a recording with its data. @throws {LabError} `RecordingActive` while it runs. */
  async delete(recording: Recording): Promise<void> {
    const { id, folder } = recording;
    if (!recording.isStopped) {
      const state = recording.stopping ? "it is stopping, and not all of it is stored" : "it is running; stop it first";
      const message = `Cannot delete recording "${id}": ${state}`;
      throw new LabError("RecordingActive", message, { context: { recording_id: id } });
    }
    await written(() => Deno.remove(folder, { recursive: true }), `Cannot delete recording "${id}"`);
    this.#all.delete(id);
    logger.info("Recording {recording_id} was deleted", { recording_id: id });
  }

  /** Files of a recording were set aside. */
  addBroken({ folder, segments }: Extract<RecorderReport, { report: "broken" }>): void {
    for (const { file, message } of segments) {
      logger.error("A broken file of a recording was set aside: {file}: {error}", {
        file: `${folder}/${file}`,
        error: message,
      });
    }
    const recording = this.ofFolder(folder);
    if (!recording) return;
    recording.addBroken(segments);
    recording.saveOrLog();
  }
}
