/**
 * YAML with the place of each value, for messages that name the line.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { messageOf } from "../errors.ts";

/** The keys and list positions from the document's root to a value. */
export type Path = readonly PropertyKey[];

/** A line and a column of a text, both counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A YAML text as values with places. */
export interface LocatedYaml {
  /** The value; `null` for an empty text, `undefined` where it is not YAML. */
  value: unknown;
  /** The faults of the YAML itself. */
  faults: (Place & { message: string })[];
  /** The place of the value at a path: its key where the value is missing, its parent where the key is missing too. */
  placeOf(path: Path): Place;
  /** The place of the key at the end of a path. */
  placeOfKey(path: Path): Place;
  /**
   * Renames a key of the mapping at a path, in `value` too. A mapping that has both keys (`taken`) loses the old one in
   * `value`. Without the key nothing changes (`missing`).
   */
  renameKey(path: Path, from: string, to: string): "renamed" | "taken" | "missing";
}

/** Reads a YAML text. Never throws: its faults are in `faults`. */
export function readYaml(text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: "error",
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const errors = [...document.errors, ...document.warnings];
  const faults = errors.map((error) => ({ ...placeAt(error.pos[0]), message: explain(error, text) }));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      faults.push({
        ...placeAt(alias.range?.[0] ?? 0),
        message: `expected an anchor &${alias.source} before this, found none`,
      });
    },
  });
  const located = {
    faults,
    placeOf: (path: Path) => placeAt(offsetOf(document, path)),
    placeOfKey: (path: Path) => placeAt(offsetOf(document, path, true)),
  };
  // With a repeated key the value is still useful; after any other fault it is not.
  if (faults.length > errors.length || errors.some((error) => error.code !== "DUPLICATE_KEY")) {
    return { ...located, value: undefined, renameKey: () => "missing" };
  }
  try {
    const value = document.toJS();
    return { ...located, value, renameKey: (path, from, to) => renameKey(document, value, path, from, to) };
  } catch (error) {
    // Nested aliases that would grow without limit.
    return {
      ...located,
      value: undefined,
      renameKey: () => "missing",
      faults: [{ line: 1, column: 1, message: messageOf(error) }],
    };
  }
}

function explain(error: YAMLError, text: string): string {
  if (error.code === "DUPLICATE_KEY") {
    const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? "";
    return `key ${key}: expected each key once, found it again`;
  }
  if (error.code === "MULTIPLE_DOCS") return 'expected one document, found another after "---"';
  return error.message;
}

function renameKey(document: Document.Parsed, value: unknown, path: Path, from: string, to: string) {
  const found = path.reduce((parent, step) => Object(parent)[step], value);
  if (typeof found !== "object" || found === null || !(from in found)) return "missing";
  const { [from]: moved, ...rest } = found as Record<string, unknown>;
  delete (found as Record<string, unknown>)[from];
  if (to in rest) return "taken";
  Object.assign(found, { [to]: moved });
  const node = nodeAt(document, path);
  const pair = isMap(node) ? node.items.findLast(({ key }) => isScalar(key) && key.value === from) : undefined;
  if (isScalar(pair?.key)) pair.key.value = to;
  return "renamed";
}

/** The node at a path, also behind aliases. */
function nodeAt(document: Document.Parsed, path: Path): unknown {
  return path.reduce<unknown>((parent, step) => {
    const child = isMap(parent) || isSeq(parent) ? parent.get(step, true) : undefined;
    return isAlias(child) ? child.resolve(document) : child;
  }, document.contents);
}

/** The place of the deepest node on the path that exists; behind an alias, the alias itself. */
function offsetOf(document: Document.Parsed, path: Path, ofKey = false): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  path.forEach((step, depth) => {
    if (isMap(node)) {
      // Of a repeated key, the last value is read.
      const pair = node.items.findLast(({ key }) => isScalar(key) && key.value === step);
      offset = startOf(pair?.key) ?? offset;
      node = pair?.value;
      const isKeyEnough = (ofKey && depth === path.length - 1) || (isScalar(node) && node.value === null);
      if (!isKeyEnough) offset = startOf(node) ?? offset;
    } else {
      node = isSeq(node) && typeof step === "number" ? node.items[step] : undefined;
      offset = startOf(node) ?? offset;
    }
  });
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}
