import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { parseTemplate } from "../../declared/format_spec.ts";
import { patternOf } from "../../declared/pattern.ts";
import { partOf } from "../../declared/text_address.ts";
import type { ScpiKeys, ScpiSetting, ScpiValue } from "../../declared/transports/scpi/schema.ts";
import { blockBytes, type BlockType } from "../../declared/transports/scpi/block_numbers.ts";
import type { Endian } from "../../driver/connection/binary_block.ts";
import { LabError } from "../../errors.ts";
import { fakeInstrument } from "./fake_instrument.ts";
import type { FakeValue, YamlFake } from "./fake.ts";
import { FakeValues, isWithinLimits } from "./fake_values.ts";
import { matchingText } from "./matching_text.ts";
import { newlineOf } from "./newline.ts";

/** A declared value or setting, with a SCPI address. */
type Scpi = Declared & { address: ScpiValue | ScpiSetting };

/** A SCPI instrument of a YAML driver: it answers its questions, takes its commands, and has an error queue. */
export function scpiFake(document: DriverDocument): YamlFake {
  const instrument = new ScpiFake(document);
  const fake = fakeInstrument({ answers: (line) => instrument.receive(line), newline: newlineOf(document) });
  return {
    params: { host: fake.host, port: fake.port },
    get: (name) => instrument.values.get(name),
    set: (name, value) => instrument.values.set(name, value),
    drop: () => fake.drop(),
    restore: () => fake.restore(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

class ScpiFake {
  readonly values: FakeValues;
  readonly #keys: ScpiKeys;
  readonly #settings: Scpi[];
  /** The values and settings that a question asks for. */
  readonly #questions: Map<string, Scpi[]>;
  readonly #commands: Set<string>;
  readonly #acknowledgement: string | undefined;
  readonly #errors: string[] = [];

  constructor(document: DriverDocument) {
    this.values = new FakeValues(document);
    this.#keys = document.keys as ScpiKeys;
    this.#settings = document.settings as Scpi[];
    const all = [...document.values, ...document.settings] as Scpi[];
    this.#questions = Map.groupBy(
      all.filter(({ address }) => address.ask !== undefined),
      ({ address }) => address.ask!,
    );
    const actions = document.actions.flatMap(({ commands }) => commands as string[]);
    this.#commands = new Set(["*RST", "*CLS", ...this.#keys.setup, ...document.safe as string[], ...actions]);
    const { expect } = this.#keys;
    this.#acknowledgement = expect === undefined ? undefined : textFor("expect", expect, ["OK", ""]);
    // A pattern for which no answer can be made is an error of the start, not of a question.
    for (const [ask, asked] of this.#questions) this.#answer(ask, asked);
  }

  /** The answer to a line; `undefined` for a line without an answer. */
  receive(line: string): string | Uint8Array | undefined {
    const { identify, errors } = this.#keys;
    if (line === errors?.ask) return this.#errors.shift() ?? textFor("errors.ok", errors.ok, ['+0,"No error"', "0"]);
    if (line === identify?.ask) return textFor("identify.expect", identify.expect, []);
    const asked = this.#questions.get(line);
    const block = asked?.[0].address;
    if (block && "block" in block && block.block) return sineBlock(block.block, block.endian);
    if (asked) return this.#answer(line, asked);
    if (this.#commands.has(line) || this.#take(line)) return this.#acknowledgement;
    this.#errors.push('-113,"Undefined header"');
    return this.#acknowledgement;
  }

  /** Takes a setting. Returns false for a line that is no setting. */
  #take(line: string): boolean {
    for (const setting of this.#settings) {
      const { set } = setting.address as ScpiSetting;
      const { before, after } = parseTemplate(set ?? "{}");
      if (set === undefined || !line.startsWith(before) || !line.endsWith(after)) continue;
      const text = line.slice(before.length, line.length - after.length);
      const isNumber = text.trim() !== "" && isFinite(Number(text));
      if (isNumber && !isWithinLimits(Number(text), setting)) this.#errors.push('-222,"Data out of range"');
      else this.values.set(setting.name, isNumber && setting.type !== "text" ? Number(text) : text);
      return true;
    }
    return false;
  }

  #answer(ask: string, asked: Scpi[]): string {
    const separator = asked.find(({ address }) => address.field !== undefined)?.address.separator ?? ",";
    const fields: string[] = [];
    for (const { name, address: { field = 1, match } } of asked) {
      const text = sent(this.values.get(name));
      fields[field - 1] = match === undefined ? text : textFor(`${ask}: match`, match, [text], text);
    }
    return Array.from(fields, (field) => field ?? "0").join(separator);
  }
}

/** A binary block with one period of a sine. */
function sineBlock(type: BlockType, endian: Endian): Uint8Array {
  const numbers = Array.from({ length: 100 }, (_, i) => 60 + 50 * Math.sin(2 * Math.PI * i / 100));
  const data = blockBytes(numbers, type, endian);
  const length = String(data.length);
  const encoder = new TextEncoder();
  return Uint8Array.from([...encoder.encode(`#${length.length}${length}`), ...data, ...encoder.encode("\n")]);
}

function sent(value: FakeValue): string {
  return String(typeof value === "boolean" ? Number(value) : value);
}

/** A text that matches a pattern: one of the candidates, or one made from the pattern. */
function textFor(where: string, pattern: string, candidates: string[], value?: string): string {
  const isMatch = (text: string) => {
    try {
      return value === undefined
        ? patternOf(pattern).test(text)
        : partOf(text, { match: pattern, separator: "," }) !== "";
    } catch {
      return false;
    }
  };
  const text = candidates.find(isMatch) ?? matchingText(pattern, value) ?? matchingText(pattern);
  if (text !== undefined) return text;
  const message = `Cannot make a fake instrument: no text is known that /${pattern}/ of ${where} matches; ` +
    "give the value an `example`, the whole answer of the instrument";
  throw new LabError("InvalidRequest", message);
}
