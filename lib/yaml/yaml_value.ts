import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import { isMergeKey, type Tree } from "./yaml_tree.ts";

/**
 * The value of a document: mappings as objects, and an alias as the same object as its anchor. As `document.toJS()`, whose
 * time grows with the square of the number of aliases.
 */
export function yamlValueOf({ root, targets }: Tree): unknown {
  /** The values of the nodes that were read. An alias comes behind its anchor. */
  const known = new Map<unknown, unknown>();
  const read = (node: unknown): unknown => {
    if (isAlias(node)) return known.get(targets.get(node));
    const value = isMap(node)
      ? objectOf(node)
      : isSeq(node)
      ? node.items.map(read)
      : isScalar(node)
      ? node.value
      : null;
    known.set(node, value);
    return value;
  };
  const objectOf = (map: YAMLMap): object => {
    const entries = new Map<string, unknown>();
    for (const pair of map.items) {
      const value = read(pair.value);
      if (!isMergeKey(pair)) entries.set(keyOf(pair), value);
      else {
        for (const source of Array.isArray(value) ? value : [value]) {
          for (const [key, merged] of Object.entries(source)) if (!entries.has(key)) entries.set(key, merged);
        }
      }
    }
    // Defined, not assigned: `__proto__` must become a key of its own.
    return Object.fromEntries(entries);
  };
  return read(root);
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}
