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
  const { tree, faults, repeated } = new TreeReader(document);
  return { tree, faults, repeated };
}

/** One pass over a document's tree. */
class TreeReader {
  readonly faults: Fault[] = [];
  readonly repeated: Fault[] = [];
  readonly tree: Tree;
  readonly #targets = new Map<unknown, unknown>();
  readonly #anchors = new Map<string, unknown>();
  /** The number of values in each node with an anchor; not there while the node is read. */
  readonly #sizes = new Map<unknown, number>();
  #total = 0;
  /** True below a key of a secret. */
  #isSecret = false;

  constructor({ contents }: Document.Parsed) {
    this.tree = { root: contents, targets: this.#targets, pairs: new Map() };
    this.#read(contents);
  }

  /** Reads a node in the order of the text. Returns the number of its values. */
  #read(node: unknown): number {
    if (isAlias(node)) return this.#add(node, this.#sizeOf(node));
    if (isPair(node)) return this.#readPair(node);
    const { anchor } = Object(node) as { anchor?: string };
    if (anchor) this.#anchors.set(anchor, node);
    const own = this.#add(node, 1);
    if (isMap(node)) this.#checkKeys(node);
    const size = isCollection(node) ? node.items.reduce((sum: number, item) => sum + this.#read(item), own) : own;
    if (isScalar(node)) this.#checkNumber(node);
    if (anchor) this.#sizes.set(node, size);
    return size;
  }

  #readPair(pair: Pair): number {
    const keySize = this.#read(pair.key);
    const wasSecret = this.#isSecret;
    this.#isSecret ||= isScalar(pair.key) && isSecretName(String(pair.key.value));
    const size = keySize + this.#read(pair.value);
    this.#isSecret = wasSecret;
    if (isMergeKey(pair)) this.#checkMerge(pair);
    return size;
  }

  #add(node: unknown, count: number): number {
    if (this.#total <= MAX_VALUES && this.#total + count > MAX_VALUES) {
      this.#fault(node, `expected at most ${MAX_VALUES} values, those of aliases included, found more`);
    }
    this.#total += count;
    return count;
  }

  #sizeOf(alias: Alias): number {
    const { source } = alias;
    const target = this.#anchors.get(source);
    this.#targets.set(alias, target);
    const size = this.#sizes.get(target);
    if (!this.#anchors.has(source)) this.#fault(alias, `expected an anchor &${source} before this, found none`);
    else if (size === undefined) {
      this.#fault(alias, `expected an anchor &${source} that ends before this, found one around it`);
    }
    return size ?? 1;
  }

  #checkKeys({ items }: YAMLMap): void {
    const found = new Set<unknown>();
    for (const { key } of items) {
      const name = isScalar(key) ? key.value : key;
      if (found.has(name)) {
        const message = `key ${name}: expected each key once, found it again`;
        this.repeated.push({ offset: startOf(key) ?? 0, message });
      }
      found.add(name);
    }
  }

  #checkMerge({ key, value }: Pair): void {
    const sources = isSeq(value) ? value.items : [value];
    // An alias without an anchor is a fault already.
    const isMapping = (node: unknown) => isMap(behind(this.tree, node)) || (isAlias(node) && !this.#targets.get(node));
    const wrong = sources.find((node) => !isMapping(node));
    if (wrong === undefined && sources.length) return;
    const place = startOf(wrong) === undefined ? key : wrong;
    this.#fault(place, "key <<: expected a mapping, an alias of one, or a list of these");
  }

  #checkNumber({ value, source, range }: { value: unknown; source?: string; range?: unknown }): void {
    if (typeof value !== "number" || source === undefined || /^[-+]?\.(inf|nan)$/i.test(source)) return;
    const found = inexactNumber(source, value);
    if (!found) return;
    this.#fault({ range }, this.#isSecret ? "expected a text: a number would be rounded" : `expected ${found}`);
  }

  #fault(node: unknown, message: string): void {
    this.faults.push({ offset: startOf(node) ?? 0, message });
  }
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
