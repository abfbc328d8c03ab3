import { concat } from "../../format/concat.ts";
import { EventIds } from "./event_ids.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const ID = "id: ";
const DATA = "\ndata: ";

/** The frames of a bench's event stream, with the ids of a view. */
export class ViewFrames {
  readonly #ids: EventIds;
  readonly #idOf: (id: string) => string;
  #rest: Uint8Array = new Uint8Array();
  #lastId: string | undefined;

  /** @param idOf The id of an event in the view, by that of the bench. The same, by default. */
  constructor(bench: string, idOf: (id: string) => string = (id) => id) {
    this.#ids = new EventIds(bench);
    this.#idOf = idOf;
  }

  /** The id of the newest event in the bench's own form. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Forgets a frame that did not arrive whole. */
  reset(): void {
    this.#rest = new Uint8Array();
  }

  /** The complete frames so far, rewritten; `undefined` if there are none. */
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
    return `${head}${this.#ids.full(frame.slice(start))}\n\n`;
  }
}

/** The place behind the last whole frame. */
function endOfFrames(bytes: Uint8Array): number {
  for (let at = bytes.length - 2; at >= 0; at--) if (bytes[at] === 10 && bytes[at + 1] === 10) return at + 2;
  return 0;
}
