/**
 * YAML with the place of each value, for messages that name the line.
 *
 * @module
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../errors.ts";
import { notUtf8 } from "../format/encodings.ts";
import { behind, isMergeKey, readTree, startOf, type Tree } from "./yaml_tree.ts";
import { yamlValueOf } from "./yaml_value.ts";

/** The keys and list positions from the document's root to a value. */
export type Path = readonly PropertyKey[];

/** A line and a column of a text, both counted from 1. */
export interface TextPlace {
  line: number;
  column: number;
  /** For a value that a merge key takes from an alias: its line in the anchor's mapping. */
  from?: number;
}

/** A YAML text as values with places. */
export interface LocatedYaml {
  /** The value; `null` for an empty text, `undefined` where it is not YAML. */
  value: unknown;
  /** The faults of the YAML itself. */
  faults: (TextPlace & { message: string })[];
  /** The place of the value at a path: its key where the value is missing, its parent where the key is missing too. */
  placeOf(path: Path): TextPlace;
  /** The place of the key at the end of a path. */
  placeOfKey(path: Path): TextPlace;
  /**
   * Renames a key of the mapping at a path, in `value` too. A mapping that has both keys (`taken`) loses the old one in
   * `value`. Without the key nothing changes (`missing`).
   */
  renameKey(path: Path, from: string, to: string): "renamed" | "taken" | "missing";
}

/** Reads a YAML text, or the bytes of a file. Never throws: its faults are in `faults`. */
export function readYaml(source: string | Uint8Array): LocatedYaml {
  const fault = typeof source === "string" ? undefined : notUtf8(source);
  if (fault) return unreadable([fault]);
  try {
    return readDocument(typeof source === "string" ? source : new TextDecoder().decode(source));
  } catch (error) {
    // For example, ten thousand nested lists.
    return unreadable([{ line: 1, column: 1, message: wordsOf(messageOf(error)) }]);
  }
}

function readDocument(text: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    uniqueKeys: false,
    logLevel: "error",
  });
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const errors = [...document.errors, ...document.warnings];
  const { tree, faults: values, repeated } = readTree(document);
  const faults = [
    ...errors.map((error) => ({ ...placeAt(error.pos[0]), message: explain(error) })),
    ...[...repeated, ...values].map(({ offset, message }) => ({ ...placeAt(offset), message })),
  ];
  // With a repeated key the value is still useful; after any other fault it is not.
  if (errors.length > 0 || values.length > 0) return unreadable(faults);
  const value = yamlValueOf(tree);
  const placeOf = (path: Path, ofKey: boolean): TextPlace => {
    const { offset, isMerged } = offsetOf(tree, path, { ofKey });
    if (!isMerged) return placeAt(offset);
    return { ...placeAt(offset), from: placeAt(offsetOf(tree, path, { ofKey, behindAliases: true }).offset).line };
  };
  return {
    faults,
    placeOf: (path: Path) => placeOf(path, false),
    placeOfKey: (path: Path) => placeOf(path, true),
    value,
    renameKey: (path, from, to) => renameKey(tree, value, path, from, to),
  };
}

function unreadable(faults: LocatedYaml["faults"]): LocatedYaml {
  const start = () => ({ line: 1, column: 1 });
  return { faults, value: undefined, placeOf: start, placeOfKey: start, renameKey: () => "missing" };
}

function explain(error: YAMLError): string {
  if (error.code === "MULTIPLE_DOCS") return 'expected one document, found another after "---"';
  return wordsOf(error.message);
}

/** A message of the parser, or of the language, for people. */
function wordsOf(message: string): string {
  return /call stack/i.test(message) ? "expected lists and mappings that are not so deep in each other" : message;
}

function renameKey(tree: Tree, value: unknown, path: Path, from: string, to: string) {
  const found = path.reduce((parent, step) => Object(parent)[step], value);
  if (typeof found !== "object" || found === null || !(from in found)) return "missing";
  const { [from]: moved, ...rest } = found as Record<string, unknown>;
  delete (found as Record<string, unknown>)[from];
  if (to in rest) return "taken";
  Object.assign(found, { [to]: moved });
  const node = nodeAt(tree, path);
  const pair = isMap(node) ? pairOf(tree, node, from) : undefined;
  if (isScalar(pair?.key)) pair.key.value = to;
  tree.pairs.delete(node);
  return "renamed";
}

/** A value of a mapping or a list. */
interface Child {
  key?: unknown;
  value: unknown;
  /** The alias behind a merge key that the value comes from. */
  alias?: Alias;
}

/** The pair of a key: the mapping's own, of repeated ones the last, or that of the first merged mapping which has it. */
function pairOf(tree: Tree, map: YAMLMap, key: PropertyKey): Child | undefined {
  const own = ownPairs(tree, map).get(key);
  if (own) return own;
  for (const pair of map.items.filter(isMergeKey)) {
    for (const source of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const merged = behind(tree, source);
      const found = isMap(merged) ? pairOf(tree, merged, key) : undefined;
      if (!found) continue;
      return { key: found.key, value: found.value, alias: isAlias(source) ? source : found.alias };
    }
  }
}

/** The pairs of a mapping by their keys; of repeated keys the last one. */
function ownPairs({ pairs }: Tree, map: YAMLMap): Map<unknown, Pair> {
  const known = pairs.get(map) ??
    new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : pair.key, pair]));
  pairs.set(map, known);
  return known;
}

/** The node at a path, also behind aliases and merge keys. */
function nodeAt(tree: Tree, path: Path): unknown {
  return path.reduce<unknown>(
    (parent, step) => behind(tree, childOf(tree, parent, step)?.value),
    tree.root,
  );
}

/** The value at a step of a path, and its key in a mapping. */
function childOf(tree: Tree, parent: unknown, step: PropertyKey): Child | undefined {
  if (isMap(parent)) return pairOf(tree, parent, step);
  return isSeq(parent) && typeof step === "number" ? { value: parent.items[step] } : undefined;
}

/** The offset of the deepest existing node on a path. Behind an alias, that of the alias, unless `behindAliases`. */
function offsetOf(tree: Tree, path: Path, { ofKey = false, behindAliases = false }) {
  let node: unknown = tree.root;
  let offset = startOf(tree.root) ?? 0;
  let isMerged = false;
  path.forEach((step, depth) => {
    const child = childOf(tree, behindAliases ? behind(tree, node) : node, step);
    if (child?.alias && !behindAliases) {
      isMerged = true;
      node = child.alias;
      offset = startOf(node) ?? offset;
      return;
    }
    offset = startOf(child?.key) ?? offset;
    node = child?.value;
    const isKeyEnough = child?.key !== undefined &&
      ((ofKey && depth === path.length - 1) || (isScalar(node) && node.value === null));
    if (!isKeyEnough) offset = startOf(node) ?? offset;
  });
  return { offset, isMerged };
}
