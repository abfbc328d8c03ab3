import { concat } from "../../format/concat.ts";
import { fullId, withFullIds } from "./view_ids.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const ID = "id: ";
const DATA = "\ndata: ";

/** The frames of a bench's event stream, with the ids of a view. */
export class ViewFrames {
  readonly #bench: string;
  readonly #idOf: (id: string) => string;
  /** The beginnings of the data of events, and those with the full id, by device. */
  readonly #starts = new Map<string, string>();
  #rest: Uint8Array = new Uint8Array();
  #lastId: string | undefined;

  /** @param idOf The id of an event in the view, by that of the bench. The same, by default. */
  constructor(bench: string, idOf: (id: string) => string = (id) => id) {
    this.#bench = bench;
    this.#idOf = idOf;
  }

  /** The id of the newest event, as the bench has it. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Forgets a frame that did not arrive whole. */
  reset(): void {
    this.#rest = new Uint8Array();
  }

  /** The whole frames so far, rewritten; undefined if there is none. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const bytes = this.#rest.length > 0 ? concat([this.#rest, chunk]) : chunk;
    const end = endOfFrames(bytes);
    this.#rest = bytes.subarray(end);
    if (end === 0) return undefined;
    const frames = decoder.decode(bytes.subarray(0, end)).split("\n\n");
    frames.pop();
    const text = frames.map((frame) => this.#rewrite(frame)).join("");
    return text === "" ? undefined : encoder.encode(text);
  }

  #rewrite(frame: string): string {
    const data = frame.indexOf(DATA);
    // Comments and `retry` are the view's own.
    if (data < 0) return "";
    const start = data + DATA.length;
    let head = frame.slice(0, start);
    if (head.startsWith(ID)) {
      const end = head.indexOf("\n");
      this.#lastId = head.slice(ID.length, end);
      head = ID + this.#idOf(this.#lastId) + head.slice(end);
    }
    return `${head}${this.#withDevice(frame.slice(start))}\n\n`;
  }

  /** Samples are not parsed: their data begins with the event and the device. */
  #withDevice(data: string): string {
    const begin = /^\{"event":"device_(?:data|columns)","device_id":"(?:[^"\\]|\\.)*"/.exec(data)?.[0];
    if (begin === undefined) return JSON.stringify(withFullIds(JSON.parse(data), this.#bench));
    let full = this.#starts.get(begin);
    if (full === undefined) {
      const { event, device_id } = JSON.parse(`${begin}}`);
      full = JSON.stringify({ event, device_id: fullId(this.#bench, device_id) }).slice(0, -1);
      this.#starts.set(begin, full);
    }
    return full + data.slice(begin.length);
  }
}

/** The place behind the last whole frame. */
function endOfFrames(bytes: Uint8Array): number {
  for (let at = bytes.length - 2; at >= 0; at--) if (bytes[at] === 10 && bytes[at + 1] === 10) return at + 2;
  return 0;
}
