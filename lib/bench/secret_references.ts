/**
 * Params of a bench file that stand elsewhere: `{ env: NAME }` in a variable of the environment, `{ file: path }` in a file.
 *
 * @module
 */
import { resolve } from "node:path";
import { messageOf } from "../errors.ts";
import type { JsonSchema } from "../wire/driver.ts";

/** Reads the text that a reference stands for. Throws if there is no such text. */
export interface SecretReader {
  env(name: string): string;
  file(path: string): string;
}

/** Params with the texts in place of their references. */
export interface ResolvedParams {
  params: Record<string, unknown>;
  /** Marks the values that were references as `secret: true`; absent if there were none. */
  secrets?: JsonSchema;
  /** The references that cannot be resolved, by their places in the params. */
  faults: { path: PropertyKey[]; message: string }[];
}

/** The largest file of a secret, in bytes: a certificate chain is smaller. */
const MAX_SECRET_BYTES = 64 * 1024;

/** The daemon's environment, and files by paths relative to a folder. */
export function secretReader(folder: string): SecretReader {
  return {
    env(name) {
      const text = Deno.env.get(name);
      if (text === undefined) throw new Error(`expected the variable ${name} in the daemon's environment, found none`);
      if (text === "") throw new Error(`expected a text in the variable ${name}, found an empty one`);
      return text;
    },
    file(path) {
      const text = readFile(resolve(folder, path));
      if (text === "") throw new Error("expected a file with a text, found an empty one");
      return text;
    },
  };
}

/** The text of a file without the line end that editors add. */
function readFile(path: string): string {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new Error("it is not a file");
    if (size > MAX_SECRET_BYTES) throw new Error(`it has more than ${MAX_SECRET_BYTES} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path)).replace(/\r?\n$/, "");
  } catch (cause) {
    const found = cause instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(cause);
    throw new Error(`cannot read the secret in ${path}: ${found}`, { cause });
  }
}

/**
 * The params with the texts of their references.
 *
 * @example
 * ```ts
 * import { resolveSecrets } from "./secret_references.ts";
 *
 * const reader = { env: () => "hunter2", file: () => "" };
 * const { params, secrets } = resolveSecrets({ user: "lab", pin: { env: "LAB_PIN" } }, reader);
 * console.assert(params.pin === "hunter2");
 * console.assert(JSON.stringify(secrets) === '{"properties":{"pin":{"secret":true}}}');
 * ```
 */
export function resolveSecrets(params: Record<string, unknown>, reader: SecretReader): ResolvedParams {
  const faults: ResolvedParams["faults"] = [];
  const resolved = (value: unknown, path: PropertyKey[]): { value: unknown; secrets?: JsonSchema } => {
    const reference = referenceIn(value);
    if (reference) {
      try {
        return { value: reader[reference.kind](reference.name), secrets: { secret: true } };
      } catch (error) {
        faults.push({ path, message: messageOf(error) });
        return { value };
      }
    }
    if (Array.isArray(value)) {
      const items = value.map((item, index) => resolved(item, [...path, index]));
      const marked = items.flatMap(({ secrets }) => secrets ?? []);
      return { value: items.map(({ value }) => value), ...marked.length && { secrets: { items: { anyOf: marked } } } };
    }
    return typeof value === "object" && value !== null ? fields(value, path) : { value };
  };
  const fields = (value: object, path: PropertyKey[]) => {
    const entries = Object.entries(value).map(([key, inner]) => [key, resolved(inner, [...path, key])] as const);
    const marked = entries.flatMap(([key, { secrets }]) => secrets ? [[key, secrets]] : []);
    return {
      value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
      ...marked.length && { secrets: { properties: Object.fromEntries(marked) } as JsonSchema },
    };
  };
  const { value, secrets } = fields(params, []);
  return { params: value, ...secrets && { secrets }, faults };
}

/** A mapping with the one key `env` or `file`, and a text. */
function referenceIn(value: unknown): { kind: keyof SecretReader; name: string } | undefined {
  if (typeof value !== "object" || value === null) return;
  const [[kind, name] = [], ...more] = Object.entries(value);
  if (more.length > 0 || (kind !== "env" && kind !== "file") || typeof name !== "string" || name === "") return;
  return { kind, name };
}
