/**
 * The permissions of a driver's process. A driver declares them, the bench file narrows or extends them, and the result
 * becomes the flags of `deno run`.
 *
 * @module
 */
import { normalize, sep } from "node:path";
import { LabError } from "../errors.ts";
import { PERMISSION_KINDS, type PermissionKind, type Permissions } from "../wire/driver.ts";

/** Changes of the bench file to the permissions that a driver asks for. */
export interface PermissionGrants {
  /** Granted in addition, also if the driver does not ask for them. */
  add?: Permissions;
  /** The only ones granted of these kinds, as far as the driver asks for them. Other kinds are granted as asked. */
  only?: Permissions;
}

/**
 * The permissions that a driver's process gets: what it asked for, narrowed by `only`, then extended by `add`.
 *
 * `only` never grants what was not asked. It intersects by meaning: where a driver asks for the host `192.168.1.20`, or
 * to read `/proc`, the grants `192.168.1.20:5025` and `/proc/stat` are the narrower ones, and they are the result.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) for a kind, a value or an entry that {@linkcode permissionFlags}
 * refuses.
 *
 * @example
 * ```ts
 * import { grantPermissions } from "./permissions.ts";
 *
 * const granted = grantPermissions({ net: true, env: ["HOME"] }, { only: { net: ["192.168.1.20:5025"], env: [] } });
 * console.assert(JSON.stringify(granted) === '{"net":["192.168.1.20:5025"]}');
 * ```
 */
export function grantPermissions(asked: Permissions, { add = {}, only = {} }: PermissionGrants = {}): Permissions {
  for (const permissions of [asked, add, only]) check(permissions);
  const granted: Permissions = {};
  for (const kind of PERMISSION_KINDS) {
    const narrowed = intersect(kind, asked[kind] ?? [], only[kind] ?? true);
    const all = unite(narrowed, add[kind] ?? []);
    if (all === true || all.length > 0) granted[kind] = all;
  }
  return granted;
}

/**
 * The permissions as flags of `deno run`: `--allow-net=a,b` for a list, `--allow-read` for `true`, none for an empty
 * list.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) for a kind that Deno does not know, for a value that is neither
 * `true` nor a list, and for an entry that is empty or contains a comma: in a flag, the former means everything, the
 * latter two entries.
 *
 * @example
 * ```ts
 * import { permissionFlags } from "./permissions.ts";
 *
 * const flags = permissionFlags({ net: ["a:1", "b:2"], read: true });
 * console.assert(flags.join(" ") === "--allow-net=a:1,b:2 --allow-read");
 * ```
 */
export function permissionFlags(permissions: Permissions): string[] {
  check(permissions);
  return PERMISSION_KINDS.flatMap((kind) => {
    const entries = permissions[kind] ?? [];
    if (entries === true) return [`--allow-${kind}`];
    return entries.length > 0 ? [`--allow-${kind}=${entries.join(",")}`] : [];
  });
}

/** Checks the values, because a driver may be plain JavaScript. */
function check(permissions: Permissions) {
  for (const [kind, value] of Object.entries(permissions)) {
    if (!PERMISSION_KINDS.some((known) => known === kind)) {
      throw refusal(kind, `expected one of the kinds ${PERMISSION_KINDS.join(", ")}`);
    }
    if (value === undefined || value === true) continue;
    if (!Array.isArray(value)) throw refusal(kind, `expected true or a list, found ${JSON.stringify(value)}`);
    for (const entry of value) {
      if (!isPermissionEntry(entry)) {
        throw refusal(kind, `expected non-empty texts without commas, found ${JSON.stringify(entry)}`);
      }
    }
  }
}

/** True if a value can be an entry of a permission's list: a text that is not empty and contains no comma. */
export function isPermissionEntry(entry: unknown): entry is string {
  return typeof entry === "string" && entry.trim() !== "" && !entry.includes(",");
}

function refusal(kind: string, found: string): LabError {
  return new LabError("InvalidRequest", `Cannot grant the permission "${kind}": ${found}`, { context: { kind } });
}

type Grant = true | readonly string[];

function unite(a: Grant, b: Grant): Grant {
  return a === true || b === true ? true : [...new Set([...a, ...b])];
}

function intersect(kind: PermissionKind, a: Grant, b: Grant): Grant {
  if (a === true) return b;
  if (b === true) return a;
  const within = (inner: readonly string[], outer: readonly string[]) =>
    inner.filter((entry) => outer.some((wider) => covers(kind, wider, entry)));
  return unite(within(a, b), within(b, a));
}

function covers(kind: PermissionKind, wider: string, entry: string): boolean {
  if (wider === entry) return true;
  if (kind === "read" || kind === "write") return isInFolder(normalize(entry), normalize(wider));
  if (kind === "net") return withoutPort(entry) === wider;
  return false;
}

function isInFolder(path: string, folder: string): boolean {
  const start = folder.endsWith(sep) ? folder : folder + sep;
  if (path + sep === start) return true;
  // A normalized path has ".." only at its beginning, where it leads out of the folder.
  return path.startsWith(start) && !path.slice(start.length).startsWith("..");
}

/** `host` of `host:port` and `[::1]` of `[::1]:80`; all else, also a bare IPv6 address, is returned as it is. */
function withoutPort(host: string): string {
  return host.replace(/^([^:]+|\[.*\]):\d+$/, "$1");
}
