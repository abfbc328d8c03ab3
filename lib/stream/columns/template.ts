import { type ChannelPath, channels } from "../../format/channels.ts";

/** The kind of a slot in a template. The first two slots are the sequence number, and the third is the time. */
export type Slot = "sequence" | "time" | "number";

/** The frame of a sample up to its time. */
const HEAD =
  /^id: [^\n]*-(\d+)\nevent: device_data\ndata: \{"event":"device_data","device_id":"(?:[^"\\]|\\.)*","sequence":(\d+),"timestamp":(?=")/;

/** A time, any other text, or a number in JSON. */
const TOKEN = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"|"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|null)/g;

/** The places of a template: a payload with more numbers is no table. */
const MAX_SLOTS = 64;

/** The characters of a time. */
const TIME_CHARS = 27;

/** The usual characters of a number. */
const NUMBER_CHARS = 16;

const DATA = "\ndata: ";

/** The channels of a template's samples: their paths, and their places. */
export type TemplateChannels = readonly (readonly [path: ChannelPath, slot: number])[];

/** A sample's frame: literal texts, and slots for numbers and times between them. */
export class Template {
  readonly literals: readonly string[];
  readonly slots: readonly Slot[];
  #channels: TemplateChannels | null | undefined;
  #dataLiterals: readonly string[] | undefined;
  #chars: number | undefined;

  constructor(literals: readonly string[], slots: readonly Slot[]) {
    this.literals = literals;
    this.slots = slots;
  }

  /** The template of a frame; `undefined` if it is no sample of the usual form. */
  static of(frame: string): Template | undefined {
    const head = HEAD.exec(frame);
    if (!head || head[1] !== head[2]) return undefined;
    const literals: string[] = [];
    const slots: Slot[] = [];
    let start = 0;
    const add = (slot: Slot, at: number, size: number) => {
      literals.push(frame.slice(start, at));
      slots.push(slot);
      start = at + size;
    };
    const size = head[1].length;
    add("sequence", frame.indexOf("\n") - size, size);
    add("sequence", head[0].length - ',"timestamp":'.length - size, size);
    TOKEN.lastIndex = head[0].length;
    for (let found = TOKEN.exec(frame); found; found = TOKEN.exec(frame)) {
      if (slots.length > MAX_SLOTS) return undefined;
      if (found[1]) add("time", found.index + 1, TIME_CHARS);
      else if (found[2]) add("number", found.index, found[2].length);
    }
    literals.push(frame.slice(start));
    return slots[2] === "time" ? new Template(literals, slots) : undefined;
  }

  /**
   * Reads the sample at an offset of a text. Writes a number for each slot into `values`: NaN for null, and times in
   * microseconds since 1970. Returns the offset after the sample; -1 if the sample has another form.
   */
  read(text: string, at: number, values: number[]): number {
    const { literals, slots } = this;
    let place = at;
    for (let i = 0; i < slots.length; i++) {
      const literal = literals[i];
      if (!text.startsWith(literal, place)) return -1;
      place += literal.length;
      if (slots[i] === "time") {
        values[i] = timeAt(text, place);
        place += TIME_CHARS;
        if (Number.isNaN(values[i])) return -1;
        continue;
      }
      const end = text.indexOf(literals[i + 1][0], place);
      const token = text.slice(place, end);
      const value = token === "null" ? NaN : Number(token || "x");
      if (end < 0 || Number.isNaN(value) && token !== "null") return -1;
      values[i] = value;
      place = end;
    }
    if (values[0] !== values[1] || !text.startsWith(literals[slots.length], place)) return -1;
    return place + literals[slots.length].length;
  }

  /** The text around its places in the data of an event, from the second place on. */
  get dataLiterals(): readonly string[] {
    return this.#dataLiterals ??= this.literals.slice(1).map((literal, i, all) => {
      const text = i === 0 ? literal.slice(literal.indexOf(DATA) + DATA.length) : literal;
      return i === all.length - 1 ? text.slice(0, -2) : text;
    });
  }

  /** About the length of a sample's text. */
  get chars(): number {
    return this.#chars ??= this.literals.reduce((sum, { length }) => sum + length, 0) +
      this.slots.length * NUMBER_CHARS;
  }

  /** The channels of its samples; `undefined` if they have to be read from the text, as those of a waveform. */
  get channels(): TemplateChannels | undefined {
    if (this.#channels === undefined) this.#channels = this.#findChannels() ?? null;
    return this.#channels ?? undefined;
  }

  /** A sample's data with the index of each slot in place of its value: as a number, or as a text within quotes. */
  outline(): Record<string, unknown> {
    const { literals, slots } = this;
    const frame = literals.map((literal, slot) => slot < slots.length ? literal + slot : literal).join("");
    return JSON.parse(frame.slice(frame.indexOf(DATA) + DATA.length));
  }

  #findChannels(): TemplateChannels | undefined {
    const { payload, dt } = this.outline();
    if (dt !== undefined) return undefined;
    return channels(payload).flatMap(([path, slot]) => typeof slot === "number" ? [[path, slot] as const] : []);
  }
}

let knownSecond = "";
let knownMicroseconds = 0;

/** The time at a place of a text, in microseconds since 1970; NaN if it is none. */
function timeAt(text: string, at: number): number {
  const second = text.slice(at, at + 19);
  if (second !== knownSecond) {
    knownMicroseconds = Date.parse(`${second}Z`) * 1000;
    knownSecond = second;
  }
  return knownMicroseconds + Number(text.slice(at + 20, at + 26) || "x");
}

let writtenSecond = NaN;
let writtenText = "";

/** A time in microseconds since 1970, as {@linkcode Template} reads it. */
export function timeTextOf(microseconds: number): string {
  const second = Math.floor(microseconds / 1e6);
  if (second !== writtenSecond) {
    writtenText = new Date(second * 1000).toISOString().slice(0, 20);
    writtenSecond = second;
  }
  const rest = microseconds - second * 1e6;
  return `${writtenText}${String(rest).padStart(6, "0")}Z`;
}
