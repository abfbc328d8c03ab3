import { scaled, unscaled } from "../../declared/decimal.ts";
import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { LabError } from "../../errors.ts";
import type { FakeValue } from "./fake.ts";

/** The values that a fake instrument sends, by the names of values and settings. A setting and a value of one name are one. */
export class FakeValues {
  readonly #values = new Map<string, FakeValue>();

  constructor({ values, settings }: DriverDocument) {
    for (const declared of [...settings, ...values]) this.#values.set(declared.name, initial(declared));
  }

  /** @throws {LabError} `NotFound`, if there is no such name. */
  get(name: string): FakeValue {
    this.#assertKnown(name);
    return this.#values.get(name)!;
  }

  /** @throws {LabError} `NotFound`, if there is no such name. */
  set(name: string, value: FakeValue): void {
    this.#assertKnown(name);
    this.#values.set(name, value);
  }

  #assertKnown(name: string): void {
    if (this.#values.has(name)) return;
    const known = [...this.#values.keys()].join(", ");
    throw new LabError("NotFound", `Cannot find ${JSON.stringify(name)} in the fake instrument; known are ${known}`);
  }
}

/** The file's example; or a value within its limits, in the instrument's units. */
function initial({ type, meaning }: Declared): FakeValue {
  const { example, choices, min, max } = meaning;
  if (example !== undefined) return example;
  if (choices) return Array.isArray(choices) ? choices[0] : Object.values(choices)[0];
  if (type === "text") return "text";
  if (type === "boolean") return false;
  const value = min !== undefined && max !== undefined ? (min + max) / 2 : min ?? max ?? 1;
  const raw = unscaled(value, meaning);
  return type === "integer" ? Math.round(raw) : raw;
}

/** Takes a setting as its text was sent. False for a number beyond its limits, which is not taken. */
export function takeText(values: FakeValues, setting: Declared, text: string): boolean {
  const isNumber = text.trim() !== "" && isFinite(Number(text));
  if (isNumber && !isWithinLimits(Number(text), setting)) return false;
  const isText = setting.type === "text" || !isNumber;
  values.set(setting.name, setting.type === "boolean" ? text === "1" : isText ? text : Number(text));
  return true;
}

/** True if the instrument takes a number: it lies within the file's limits. */
export function isWithinLimits(raw: number, { meaning }: Declared) {
  const { min = -Infinity, max = Infinity } = meaning;
  const value = scaled(raw, meaning);
  return value >= min && value <= max;
}
