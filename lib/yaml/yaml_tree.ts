/**
 * The tree of a YAML document: its aliases, merge keys and numbers are checked here.
 *
 * @module
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type YAMLMap,
} from "yaml";
import { inexactNumber } from "../format/exact_json.ts";
import { isSecretName } from "../format/secrets.ts";

/** The values of a file, those of each alias counted again. More are refused: aliases of aliases grow without limit. */
const MAX_VALUES = 100_000;

/** A document whose aliases have targets. */
export interface Tree {
  root: unknown;
  /** The nodes that aliases stand for. `Alias.resolve` would search the whole document each time. */
  targets: ReadonlyMap<unknown, unknown>;
  /** The pairs of the mappings that were searched, by their keys. */
  pairs: Map<unknown, Map<unknown, Pair>>;
}

/** A fault of a document. */
interface Fault {
  offset: number;
  message: string;
}

/**
 * Reads a document's tree once, and finds the faults of aliases, merge keys and numbers, and the repeated keys. The package
 * finds those, too, but compares each key of a mapping with all before it.
 */
export function readTree(document: Document.Parsed): { tree: Tree; faults: Fault[]; repeated: Fault[] } {
  const faults: Fault[] = [];
  const repeated: Fault[] = [];
  const targets = new Map<unknown, unknown>();
  const tree: Tree = { root: document.contents, targets, pairs: new Map() };
  const anchors = new Map<string, unknown>();
  /** The number of values in each node with an anchor; not there while the node is read. */
  const sizes = new Map<unknown, number>();
  let total = 0;
  /** True below a key of a secret. */
  let isSecret = false;
  const fault = (node: unknown, message: string) => faults.push({ offset: startOf(node) ?? 0, message });
  const add = (node: unknown, count: number) => {
    if (total <= MAX_VALUES && total + count > MAX_VALUES) {
      fault(node, `expected at most ${MAX_VALUES} values, those of aliases included, found more`);
    }
    total += count;
    return count;
  };
  /** Reads a node in the order of the text. Returns the number of its values. */
  const read = (node: unknown): number => {
    if (isAlias(node)) return add(node, sizeOf(node));
    if (isPair(node)) {
      const keySize = read(node.key);
      const wasSecret = isSecret;
      isSecret ||= isScalar(node.key) && isSecretName(String(node.key.value));
      const size = keySize + read(node.value);
      isSecret = wasSecret;
      if (isMergeKey(node)) checkMerge(node);
      return size;
    }
    const { anchor } = Object(node) as { anchor?: string };
    if (anchor) anchors.set(anchor, node);
    const own = add(node, 1);
    if (isMap(node)) checkKeys(node);
    const size = isCollection(node) ? node.items.reduce((sum: number, item) => sum + read(item), own) : own;
    if (isScalar(node)) checkNumber(node);
    if (anchor) sizes.set(node, size);
    return size;
  };
  const sizeOf = (alias: Alias): number => {
    const target = anchors.get(alias.source);
    targets.set(alias, target);
    const size = sizes.get(target);
    if (!anchors.has(alias.source)) fault(alias, `expected an anchor &${alias.source} before this, found none`);
    else if (size === undefined) {
      fault(alias, `expected an anchor &${alias.source} that ends before this, found one around it`);
    }
    return size ?? 1;
  };
  const checkKeys = ({ items }: YAMLMap) => {
    const found = new Set<unknown>();
    for (const { key } of items) {
      const name = isScalar(key) ? key.value : key;
      if (found.has(name)) {
        repeated.push({
          offset: startOf(key) ?? 0,
          message: `key ${name}: expected each key once, found it again`,
        });
      }
      found.add(name);
    }
  };
  const checkMerge = ({ key, value }: Pair) => {
    const sources = isSeq(value) ? value.items : [value];
    // An alias without an anchor is a fault already.
    const isMapping = (node: unknown) => isMap(behind(tree, node)) || (isAlias(node) && !targets.get(node));
    const wrong = sources.find((node) => !isMapping(node));
    if (wrong === undefined && sources.length) return;
    fault(
      startOf(wrong) === undefined ? key : wrong,
      "key <<: expected a mapping, an alias of one, or a list of these",
    );
  };
  const checkNumber = ({ value, source, range }: { value: unknown; source?: string; range?: unknown }) => {
    if (typeof value !== "number" || source === undefined || /^[-+]?\.(inf|nan)$/i.test(source)) return;
    const message = inexactNumber(source, value);
    if (message) fault({ range }, isSecret ? "expected a text: a number would be rounded" : `expected ${message}`);
  };
  read(tree.root);
  return { tree, faults, repeated };
}

/** The node that an alias stands for; any other node itself. */
export function behind({ targets }: Tree, node: unknown): unknown {
  return isAlias(node) ? targets.get(node) : node;
}

/** True for the pair of a plain `<<`. */
export function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** The offset of a node in the text. */
export function startOf(node: unknown): number | undefined {
  return (Object(node) as { range?: [number, number, number] | null }).range?.[0];
}
