/**
 * The path to a key `__proto__` anywhere in a value of plain objects and arrays, or `undefined` if there is none. A
 * copy of such a value, key by key, loses that key silently, so it is refused before.
 *
 * @example
 * ```ts
 * import { findProtoKey } from "./proto_key.ts";
 *
 * console.assert(findProtoKey(JSON.parse('{"axes":[{"__proto__":1}]}'))?.join() === "axes,0,__proto__");
 * ```
 */
export function findProtoKey(value: unknown): PropertyKey[] | undefined {
  if (!hasProtoKey(value)) return undefined;
  // From each object to its parent. The map grows during the walk; an object that occurs twice is visited once.
  const parents = new Map<object, { parent: object; key: string } | undefined>();
  if (isPlainOrArray(value)) parents.set(value, undefined);
  for (const [object] of parents) {
    if (Object.hasOwn(object, "__proto__")) return pathTo(object, "__proto__", parents);
    for (const [key, child] of Object.entries(object)) {
      if (isPlainOrArray(child) && !parents.has(child)) parents.set(child, { parent: object, key });
    }
  }
  return undefined;
}

/** A value with more objects counts as one that may have the key: its objects may form a cycle. */
const MAX_OBJECTS = 1_000_000;

/** True if there may be such a key. Does not record visited objects, because a large body has many. */
function hasProtoKey(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let count = 0; open.length > 0; count++) {
    const object = open.pop();
    if (count > MAX_OBJECTS) return true;
    if (Array.isArray(object)) {
      for (const child of object) if (typeof child === "object" && child !== null) open.push(child);
    } else if (isPlainOrArray(object)) {
      if (Object.hasOwn(object, "__proto__")) return true;
      for (const key of Object.keys(object)) {
        const child = (object as Record<string, unknown>)[key];
        if (typeof child === "object" && child !== null) open.push(child);
      }
    }
  }
  return false;
}

function isPlainOrArray(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function pathTo(
  object: object,
  key: string,
  parents: ReadonlyMap<object, { parent: object; key: string } | undefined>,
) {
  const path: PropertyKey[] = [key];
  for (let it = parents.get(object); it; it = parents.get(it.parent)) {
    path.push(Array.isArray(it.parent) ? Number(it.key) : it.key);
  }
  return path.reverse();
}
