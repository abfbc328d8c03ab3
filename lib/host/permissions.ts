/**
 * The permissions of a driver's process. A driver asks for them, the bench file grants them, and the result becomes the
 * flags of `deno run`.
 *
 * @module
 */
import { isAbsolute, normalize, relative, resolve, sep } from "node:path";
import { LabError, shortened } from "../errors.ts";
import { PERMISSION_KINDS, type PermissionKind, type Permissions } from "../wire/driver.ts";

/**
 * The changes that the owner of a bench makes to the permissions that a driver asks for.
 *
 * @example
 * ```ts
 * import { type AddDeviceOptions, type PermissionGrants } from "labdaemon";
 *
 * const permissions: PermissionGrants = { add: { read: ["/sys/class/hwmon"] } };
 * const options: AddDeviceOptions = { permissions };
 * console.assert(options.permissions === permissions);
 * ```
 */
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
  for (const permissions of [asked, add, only]) checkPermissions(permissions);
  const granted: Permissions = {};
  for (const kind of PERMISSION_KINDS) {
    const narrowed = intersect(kind, asked[kind] ?? [], only[kind] ?? true);
    const all = unite(narrowed, add[kind] ?? []);
    if (all === true || all.length > 0) granted[kind] = all;
  }
  return granted;
}

/**
 * The part of the requested permissions that a driver gets. With a line under `grants:` in the bench file, the line is
 * the ceiling: kinds that it does not name are not granted. Without a line, only what is harmless by itself is granted:
 * `net` to named hosts with ports, `read` of named paths, and serial ports by their names.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) as {@linkcode grantPermissions} does.
 *
 * @example
 * ```ts
 * import { permissionsWithin } from "./permissions.ts";
 *
 * const asked = { net: ["10.0.0.7:5025"], run: ["/bin/ls"] };
 * console.assert(permissionsWithin(undefined, asked).run === undefined);
 * console.assert(permissionsWithin({ run: true }, asked).net === undefined);
 * ```
 */
export function permissionsWithin(line: Permissions | undefined, asked: Permissions): Permissions {
  if (line) {
    const nothing = Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, []]));
    return grantPermissions(asked, { only: { ...nothing, ...line } });
  }
  const { net, read, serial } = grantPermissions(asked);
  return grantPermissions({
    net: named(net, isHostWithPort),
    read: named(read, isNamedPath),
    serial: named(serial, isSerialPort),
  });
}

/** The requested permissions that are not granted. */
export function missingPermissions(asked: Permissions, granted: Permissions): Permissions {
  const missing = PERMISSION_KINDS.map((kind) => {
    const [wanted = [], given = []] = [asked[kind], granted[kind]];
    if (given === true) return [kind, []] as const;
    if (wanted === true) return [kind, true] as const;
    return [kind, wanted.filter((entry) => !given.some((wider) => covers(kind, wider, entry)))] as const;
  });
  return Object.fromEntries(missing.filter(([, entries]) => entries === true || entries.length > 0));
}

/** All permissions of both. */
export function unitePermissions(a: Permissions, b: Permissions): Permissions {
  return grantPermissions(a, { add: b });
}

function named(entries: Grant = [], isNamed: (entry: string) => boolean): readonly string[] {
  return entries === true ? [] : entries.filter(isNamed);
}

function isHostWithPort(entry: string): boolean {
  return /^([\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\]):\d{1,5}$/i.test(entry);
}

/** True for the names of serial ports. Other terminals, such as the operator's own, are no instruments. */
function isSerialPort(entry: string): boolean {
  return /^\/dev\/(serial\/by-(id|path)\/[^/]+|tty(USB|ACM|AMA|S)\d+|cu\.[^/]+)$/.test(entry);
}

/** False for the root, which is everything. */
function isNamedPath(entry: string): boolean {
  return resolve(entry) !== resolve("/");
}

/**
 * The permissions as flags of `deno run`: `--allow-net=a,b` for a list, `--allow-read` for `true`, none for an empty
 * list.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) for a kind that Deno does not know, for a value that is neither
 * `true` nor a list, for too many or too long entries, and for an entry that is empty or contains a comma or a control
 * character: in a flag, an empty entry means everything, and a comma separates two.
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
  checkPermissions(permissions);
  return PERMISSION_KINDS.flatMap((kind) => {
    // Serial ports are opened by a relay, not by the process.
    if (kind === "serial") return [];
    const entries = permissions[kind] ?? [];
    if (entries === true) return [`--allow-${kind}`];
    return entries.length > 0 ? [`--allow-${kind}=${entries.map((it) => flagEntry(kind, it)).join(",")}`] : [];
  });
}

/** The longest list of one kind as text: the system limits an argument of a process to 128 KiB. */
const MAX_LIST_CHARS = 32 * 1024;

/**
 * Checks the values, because a driver may be plain JavaScript.
 *
 * @throws {LabError} `InvalidRequest`, as {@linkcode permissionFlags} does.
 */
export function checkPermissions(permissions: Permissions): void {
  if (typeof permissions !== "object" || permissions === null || Array.isArray(permissions)) {
    const found = Array.isArray(permissions) ? "a list" : String(permissions);
    throw new LabError("InvalidRequest", `Cannot grant permissions: expected lists by their kinds, found ${found}`);
  }
  for (const [kind, value] of Object.entries(permissions)) {
    if (!PERMISSION_KINDS.some((known) => known === kind)) {
      throw refusal(kind, `expected one of the kinds ${PERMISSION_KINDS.join(", ")}`);
    }
    if (value === undefined || value === true) continue;
    if (!Array.isArray(value)) throw refusal(kind, `expected true or a list, found ${found(value)}`);
    if (value.join(",").length > MAX_LIST_CHARS) {
      throw refusal(kind, `expected at most ${MAX_LIST_CHARS} characters in all, found more`);
    }
    for (const entry of value) {
      if (!isPermissionEntry(typeof entry === "string" ? flagEntry(kind, entry) : entry)) {
        throw refusal(kind, `expected ${ENTRY_FORM}, found ${found(entry)}`);
      }
    }
  }
}

/** The form of an entry, for messages. */
const ENTRY_FORM = "non-empty texts without commas or control characters";

/** The kinds whose entries are paths. */
const PATH_KINDS: readonly string[] = ["read", "write", "run", "ffi"] satisfies PermissionKind[];

/**
 * An entry as it stands in a flag. Flags are split at commas, so a path that has one, as in the name of a checkout's
 * folder, is named from the working directory.
 */
function flagEntry(kind: string, entry: string): string {
  return entry.includes(",") && PATH_KINDS.includes(kind) && isAbsolute(entry) ? relative(Deno.cwd(), entry) : entry;
}

/** True if a value can be an entry of a permission's list: not empty, without commas and control characters. */
export function isPermissionEntry(entry: unknown): entry is string {
  return typeof entry === "string" && entry.trim() !== "" && !/[,\p{Cc}\p{Cs}]/u.test(entry);
}

function found(value: unknown): string {
  return shortened(JSON.stringify(value) ?? String(value));
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
  if (kind === "read" || kind === "write") {
    const path = isAbsolute(entry) === isAbsolute(wider) ? normalize : resolve;
    return isInFolder(path(entry), path(wider));
  }
  if (kind === "net") return withoutPort(entry) === wider;
  return false;
}

/** True for a folder itself, and for what is in it. Both paths are normalized. */
export function isInFolder(path: string, folder: string): boolean {
  const start = folder.endsWith(sep) ? folder : folder + sep;
  if (path + sep === start) return true;
  // A normalized path has ".." only at its beginning, where it leads out of the folder.
  return path.startsWith(start) && !path.slice(start.length).startsWith("..");
}

/** `host` of `host:port` and `[::1]` of `[::1]:80`; all else, also a bare IPv6 address, is returned as it is. */
function withoutPort(host: string): string {
  return host.replace(/^([^:]+|\[.*\]):\d+$/, "$1");
}
