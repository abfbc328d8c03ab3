import { inexactNumber } from "../../format/exact_json.ts";
import type { NumberColumns } from "../../wire/stream_query.ts";
import { readFrames } from "./read_frames.ts";
import type { Run } from "./run.ts";
import type { Template } from "./template.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Integers that are larger may not be exact as numbers: their texts are compared. */
const MAX_EXACT = 2 ** 53;

/** The text of an integer of 16 digits and more. */
const LARGE_INTEGER = /(?<![\d.])-?\d{16,}(?![\d.eE])/g;

/** Fewer consecutive samples stay single events. */
const MIN_SAMPLES = 4;

/** The chunks of readers at the same place are the same object: they are converted once. */
const converted = new WeakMap<Uint8Array, Uint8Array>();

/** A reader of a stream, whose chunks are converted. */
interface ChunkSource {
  readonly sequence: number;
  take(): Uint8Array | undefined;
  subscribe(wake: () => void): () => void;
}

/**
 * One reader's stream, in which consecutive numeric samples become columns: one event `device_columns` in place of many
 * events `device_data`. Other samples and other events stay unchanged, in order.
 */
export class ColumnsReader implements ChunkSource {
  readonly #reader: ChunkSource;

  constructor(reader: ChunkSource) {
    this.#reader = reader;
  }

  get sequence(): number {
    return this.#reader.sequence;
  }

  take(): Uint8Array | undefined {
    const chunk = this.#reader.take();
    if (!chunk) return undefined;
    let bytes = converted.get(chunk);
    if (!bytes) converted.set(chunk, bytes = inColumns(chunk));
    return bytes;
  }

  subscribe(wake: () => void): () => void {
    return this.#reader.subscribe(wake);
  }
}

/** Frames with their samples as columns, where that loses nothing. */
function inColumns(chunk: Uint8Array): Uint8Array {
  const text = decoder.decode(chunk);
  const items = readFrames(text);
  if (!items) return chunk;
  const layouts = new Map<Template, Layout | undefined>();
  let out = "";
  // The offset of the next item in `text`: a run that stays text is copied from there.
  let at = 0;
  for (const item of items) {
    if (typeof item === "string") {
      out += item;
      at += item.length;
      continue;
    }
    const { template } = item;
    if (!layouts.has(template)) layouts.set(template, layoutOf(template));
    const layout = layouts.get(template);
    const end = endOf(text, at, item.count);
    const isOne = layout && item.count >= MIN_SAMPLES && (!hasLarge(item, layout) || isExact(text.slice(at, end)));
    out += isOne ? columnsFrame(item, layout) : text.slice(at, end);
    at = end;
  }
  return encoder.encode(out);
}

/** The end of the next `count` frames. */
function endOf(text: string, from: number, count: number): number {
  let at = from;
  for (let i = 0; i < count; i++) at = text.indexOf("\n\n", at) + 2;
  return at;
}

/** The columns of a run that hold the parts of a sample. */
interface Layout {
  epoch: string;
  deviceId: string;
  /** The columns of times, by their names. */
  times: readonly (readonly [name: string, slot: number])[];
  payload: SlotTree;
  numbers: readonly number[];
}

/** The slot of a number, or the slots of an object's fields. */
type SlotTree = number | { [name: string]: SlotTree };

const TIMES = new Map([["timestamp", "timestamps"], ["received", "received"]]);
const OTHERS = new Set(["event", "device_id", "sequence", "payload"]);

/** The layout of a template whose payload has nothing but numbers, by name or alone. */
function layoutOf(template: Template): Layout | undefined {
  const { literals, slots } = template;
  const data = template.outline();
  const times: [string, number][] = [];
  for (const [key, value] of Object.entries(data)) {
    const name = TIMES.get(key);
    if (name) times.push([name, Number(value)]);
    else if (!OTHERS.has(key)) return undefined;
  }
  const numbers: number[] = [];
  const payload = data.payload;
  if (!isTree(payload, numbers)) return undefined;
  // A number in a literal is no slot, and has no column.
  if (numbers.some((slot) => slots[slot] !== "number")) return undefined;
  return { epoch: literals[0].slice("id: ".length, -1), deviceId: String(data.device_id), times, payload, numbers };
}

function isTree(value: unknown, numbers: number[]): value is SlotTree {
  if (typeof value === "number") return numbers.push(value) > 0;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const inner = Object.values(value);
  return inner.length > 0 && inner.every((it) => isTree(it, numbers));
}

/** True if a number may have lost digits of an integer. */
function hasLarge({ columns, at, count }: Run, { numbers }: Layout): boolean {
  for (const slot of numbers) {
    const column = columns[slot];
    for (let i = at; i < at + count; i++) if (Math.abs(column[i]) >= MAX_EXACT) return true;
  }
  return false;
}

/** True if no number of these frames lost a digit. */
function isExact(frames: string): boolean {
  return (frames.match(LARGE_INTEGER) ?? []).every((text) => inexactNumber(text, Number(text)) === undefined);
}

function columnsFrame({ columns, at, count, first }: Run, { epoch, deviceId, times, payload }: Layout): string {
  const packed = (dtype: string, numbers: Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>) => ({
    ...{ dtype, shape: [count], base64: new Uint8Array(numbers.buffer).toBase64() },
  });
  const values = (tree: SlotTree): NumberColumns =>
    typeof tree === "number"
      ? packed("float64", columns[tree].slice(at, at + count))
      : Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, values(inner)]));
  const micros = (slot: number) => BigInt64Array.from(columns[slot].subarray(at, at + count), BigInt);
  const data = {
    ...{ event: "device_columns", device_id: deviceId, sequence: first, count },
    ...Object.fromEntries(times.map(([name, slot]) => [name, packed("int64", micros(slot))])),
    payload: values(payload),
  };
  return `id: ${epoch}-${first + count - 1}\nevent: device_columns\ndata: ${JSON.stringify(data)}\n\n`;
}
