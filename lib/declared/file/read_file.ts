/**
 * A driver file as data: read, and checked against the common schema and that of its transport.
 *
 * @module
 */
import { z } from "zod";
import { closestName } from "../../format/closest_name.ts";
import { isSecretName } from "../../format/secrets.ts";
import { RESERVED_STREAM_KEYS } from "../../wire/names/stream_keys.ts";
import { expected } from "../../yaml/expected.ts";
import { pathText } from "../../format/path_text.ts";
import { type LocatedIssue, schemaIssues } from "../../yaml/located_issues.ts";
import { type LocatedYaml, readYaml } from "../../yaml/located_yaml.ts";
import { section } from "../../yaml/section.ts";
import type { Addressed, AnyTransport } from "../transport.ts";
import { TRANSPORTS } from "../transports/mod.ts";
import { isNumbers } from "./choices.ts";
import { fileKeys, MAX_COMMANDS, MAX_NAMED } from "./file_keys.ts";
import { type Meaningful, settingMeaning, typeKey, valueMeaning } from "./meaning.ts";
import { explained, refusal } from "./refusal.ts";

/** A value or a setting with its address and its meaning. */
export type Declared = Addressed<unknown> & Meaningful;

/** A driver file that is valid. */
export interface DriverDocument {
  driver: string;
  summary: string;
  transport: AnyTransport;
  /** The defaults of params that the file gives. */
  params: Record<string, unknown>;
  /** The default rate, in hertz. */
  sampleRate: number;
  values: Declared[];
  settings: Declared[];
  actions: { name: string; commands: unknown[] }[];
  safe: unknown[];
  /** The keys of the transport. */
  keys: unknown;
}

/** The form of a name of a value or a setting. */
const NAME = /^[A-Za-z]\w{0,63}$/;

/** The key of a sample with the reasons of missing and doubtful values. */
export const QUALITY = "quality";

/**
 * Reads a driver file.
 *
 * @param source Its text or its bytes.
 * @param name The name of the file, for messages.
 * @throws {LabError} `DriverError` of type `DriverLoadError`, with one line for each fault, such as
 * `supply.yaml:7:13: key settings.voltage.min: expected a number, found "a"`.
 */
export async function readDriverFile(source: string | Uint8Array, name: string): Promise<DriverDocument> {
  const yaml = readYaml(source);
  const faults: LocatedIssue[] = yaml.faults.map((fault) => ({ path: "", ...fault }));
  if (faults.length > 0) throw refusal(name, faults.map(explained));
  const reader = new FileReader(yaml);
  const document = await reader.read();
  if (!document || reader.issues.length > 0) throw refusal(name, reader.issues);
  return document;
}

class FileReader {
  readonly issues: LocatedIssue[] = [];
  readonly #yaml: LocatedYaml;

  constructor(yaml: LocatedYaml) {
    this.#yaml = yaml;
  }

  async read(): Promise<DriverDocument | undefined> {
    const { value } = this.#yaml;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return void this.#parse(section(fileKeys), value, []);
    }
    const { transport: named } = value as { transport?: unknown };
    // Without its transport, the address of a value means nothing.
    const transportName = this.#parse(fileKeys.transport, named, ["transport"]);
    if (transportName === undefined) return;
    const { transport } = await TRANSPORTS[transportName]();
    const found = split(value as Record<string, unknown>, fileKeys);
    const known = [...Object.keys(fileKeys), ...Object.keys(transport.keys.shape)];
    const common = this.#parse(z.strictObject(fileKeys), found.own, [], known);
    const keys = this.#parse(transport.keys, found.rest, [], known);
    if (!common) return;
    const { driver, summary, sample_rate: sampleRate } = common;
    const settings = this.#declared(transport, "settings", common.settings);
    const values = this.#declared(transport, "values", common.values);
    this.#checkParams(transport, common.params);
    const safe = this.#commands(transport, ["safe"], common.safe);
    const actions = this.#actions(transport, common.actions);
    if (this.issues.length > 0) return;
    for (const { path, message } of transport.problems?.({ keys, values, settings }) ?? []) this.#issue(path, message);
    return { driver, summary, transport, params: common.params, sampleRate, values, settings, actions, safe, keys };
  }

  #commands(transport: AnyTransport, path: string[], entries: unknown[]): unknown[] {
    return entries.map((command, index) => this.#parse(transport.command, command, [...path, index]));
  }

  #actions(transport: AnyTransport, entries: Record<string, unknown>): DriverDocument["actions"] {
    const names = Object.keys(entries);
    if (names.length > MAX_NAMED) this.#issue(["actions"], `at most ${MAX_NAMED} actions`);
    return names.slice(0, MAX_NAMED).map((name) => {
      const path = ["actions", name];
      this.#checkName(path, name);
      const entry = entries[name];
      if (!Array.isArray(entry)) return { name, commands: [this.#parse(transport.command, entry, path)] };
      if (entry.length > MAX_COMMANDS) this.#issue(path, `at most ${MAX_COMMANDS} entries`);
      return { name, commands: this.#commands(transport, path, entry.slice(0, MAX_COMMANDS)) };
    });
  }

  #checkName(path: string[], name: string): void {
    if (NAME.test(name)) return;
    this.#issue(path, "a name of letters, digits and _ that starts with a letter", { ofKey: true });
  }

  /** The values or the settings. */
  #declared(transport: AnyTransport, kind: "values" | "settings", entries: Record<string, unknown>): Declared[] {
    const names = Object.keys(entries);
    if (names.length > MAX_NAMED) this.#issue([kind], `at most ${MAX_NAMED} ${kind}`);
    const addressSchema: z.ZodObject = kind === "values" ? transport.value : transport.setting;
    const meaningKeys = {
      ...(kind === "values" ? valueMeaning : settingMeaning),
      ...(!("type" in addressSchema.shape) && typeKey),
    };
    const known = [...Object.keys(addressSchema.shape), ...Object.keys(meaningKeys)];
    return names.slice(0, MAX_NAMED).flatMap((name) => {
      const path = [kind, name];
      const reserved = kind === "values" ? [QUALITY] : [];
      this.#checkName(path, name);
      if (reserved.includes(name) || (RESERVED_STREAM_KEYS as readonly string[]).includes(name)) {
        this.#issue(path, `another name: ${name} is reserved`, { ofKey: true });
      }
      const entry = this.#parse(
        z.record(z.string(), z.unknown(), { error: `a mapping with keys out of ${known.join(", ")}` }),
        entries[name],
        path,
      );
      if (!entry) return [];
      const { own, rest } = split(entry, meaningKeys);
      const meaning = this.#parse(z.strictObject(meaningKeys), own, path, known);
      const address = this.#parse(addressSchema, rest, path, known);
      if (!meaning || address === undefined) return [];
      const { type: written = "number", ...more } = meaning as typeof meaning & { type?: Declared["type"] };
      // A choice is what the instrument says, whatever it looks like; a list of numbers is numbers.
      const isText = more.choices && !isNumbers(more.choices);
      const type = transport.typeOf?.(address) ?? (isText ? "text" : written);
      this.#checkMeaning(path, type, more, own);
      return [{ name, type, address, meaning: more }];
    });
  }

  #checkMeaning(
    path: string[],
    type: Declared["type"],
    meaning: Declared["meaning"],
    written: Record<string, unknown>,
  ) {
    const { min, max, choices } = meaning;
    if (min !== undefined && max !== undefined && min > max) {
      this.#issue([...path, "min"], `at most max, which is ${max}`);
    }
    const isNumeric = (type === "number" || type === "integer") && !choices;
    for (const key of isNumeric ? [] : ["min", "max", "step", "scale", "offset"]) {
      if (!(key in written) || (type === "array" && (key === "scale" || key === "offset"))) continue;
      this.#issue([...path, key], `no such key: the value is ${choices ? "one of its choices" : `of type ${type}`}`, {
        ofKey: true,
      });
    }
  }

  /** The defaults of the params. */
  #checkParams(transport: AnyTransport, params: Record<string, unknown>): void {
    const shape: z.ZodRawShape = transport.params.shape;
    for (const [key, value] of Object.entries(params)) {
      const path = ["params", key];
      if (!Object.hasOwn(shape, key)) this.#unknown(path, Object.keys(shape));
      else if (isSecretName(key)) this.#issue(path, "no secret in a driver file: the device has it, in the bench file");
      else this.#parse(shape[key], value, path);
    }
  }

  /** Parses a part of the file. `known` are the keys that may stand there, for the message of an unknown one. */
  #parse<Schema extends z.core.$ZodType>(
    schema: Schema,
    value: unknown,
    path: (string | number)[],
    known?: string[],
  ): z.output<Schema> | undefined {
    const { success, data, error } = z.safeParse(schema, value, { error: expected });
    if (success) return data;
    const issues = error.issues.map((issue) => ({
      ...issue,
      path: [...path, ...issue.path],
      ...(issue.code === "unrecognized_keys" && { message: known?.join(", ") ?? issue.message }),
    }));
    this.issues.push(...schemaIssues(this.#yaml, issues));
    return undefined;
  }

  #unknown(path: (string | number)[], known: string[]): void {
    const meant = closestName(String(path.at(-1)), known);
    const message = `one of ${known.join(", ")}, found an unknown key${meant ? `: did you mean ${meant}?` : ""}`;
    this.#issue(path, message, { ofKey: true });
  }

  #issue(path: readonly (string | number)[], message: string, { ofKey = false } = {}): void {
    const place = ofKey ? this.#yaml.placeOfKey(path) : this.#yaml.placeOf(path);
    this.issues.push({ path: pathText(path), message: `expected ${message}`, ...place });
  }
}

/** The entries whose keys the shape has, and the others. */
function split(value: Record<string, unknown>, shape: z.ZodRawShape) {
  const entries = Object.entries(value);
  const isOwn = ([key]: [string, unknown]) => Object.hasOwn(shape, key);
  return {
    own: Object.fromEntries(entries.filter(isOwn)),
    rest: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  };
}
