import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { type Address, type Keys, placeOf } from "../../declared/transports/modbus/addresses.ts";
import { decodeRegisters, encodeRegisters } from "../../declared/transports/modbus/registers.ts";
import { LabError } from "../../errors.ts";
import type { FakeValue, YamlFake } from "./fake.ts";
import { fakeModbus, type ModbusUnit } from "./fake_modbus.ts";
import { FakeValues, isWithinLimits } from "./fake_values.ts";

/** A unit of a YAML driver: its registers hold the values, and a setting beyond its limits is an illegal data value. */
export function modbusFake(document: DriverDocument): YamlFake {
  const { unit: address = 1, framing = "tcp" } = document.params as { unit?: number; framing?: "tcp" | "rtu" };
  const unit = new FakeUnit(document);
  const fake = fakeModbus({ units: { [address]: unit.tables }, framing });
  fake.accepts = () => unit.isWithinLimits();
  return {
    params: { host: fake.host, port: fake.port },
    get: (name) => unit.get(name),
    set: (name, value) => unit.set(name, value),
    drop: () => fake.drop(),
    restore: () => fake.restore(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

class FakeUnit {
  readonly tables: Required<ModbusUnit> = { coil: {}, discrete: {}, input: {}, holding: {} };
  readonly #keys: Keys;
  readonly #declared: Map<string, Declared>;
  readonly #settings: readonly Declared[];

  constructor(document: DriverDocument) {
    this.#keys = document.keys as Keys;
    this.#settings = document.settings;
    this.#declared = new Map([...document.values, ...document.settings].map((it) => [it.name, it]));
    const initial = new FakeValues(document);
    for (const command of document.safe) this.#write(placeOf(command as Address, this.#keys), 0);
    for (const name of this.#declared.keys()) this.set(name, initial.get(name));
  }

  get(name: string): FakeValue {
    const { table, start, count, bit, ...format } = this.#place(name);
    if (table === "coil" || table === "discrete") return this.tables[table][start];
    const words = Array.from({ length: count }, (_, index) => this.tables[table][start + index]);
    if (bit !== undefined) return (words[0] >> bit & 1) === 1;
    const raw = decodeRegisters(Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff])), format);
    return typeof raw === "bigint" ? Number(raw) : raw;
  }

  set(name: string, value: FakeValue): void {
    this.#write(this.#place(name), value);
  }

  isWithinLimits(): boolean {
    return this.#settings.every((setting) => {
      const raw = this.get(setting.name);
      return typeof raw !== "number" || isWithinLimits(raw, setting);
    });
  }

  #place(name: string) {
    const found = this.#declared.get(name);
    if (found) return placeOf(found.address as Address, this.#keys);
    const known = [...this.#declared.keys()].join(", ");
    throw new LabError("NotFound", `Cannot find ${JSON.stringify(name)} in the fake instrument; known are ${known}`);
  }

  #write({ table, start, count, bit, ...format }: ReturnType<typeof placeOf>, value: FakeValue): void {
    if (table === "coil" || table === "discrete") {
      this.tables[table][start] = Boolean(Number(value));
      return;
    }
    const registers = this.tables[table];
    if (bit !== undefined) {
      const word = registers[start] ?? 0;
      registers[start] = Number(value) ? word | (1 << bit) : word & ~(1 << bit);
      return;
    }
    const raw = format.type === "text" ? String(value) : Number(value);
    const bytes = encodeRegisters(raw, format, count);
    for (let index = 0; index < count; index++) {
      registers[start + index] = bytes[2 * index] * 256 + bytes[2 * index + 1];
    }
  }
}
