/**
 * The part of its permissions that a driver is granted: by the bench file's ceiling for the driver, and by its
 * changes for one device.
 *
 * @module
 */
import { isAbsolute, normalize, resolve } from "node:path";
import type { Permissions } from "../wire/driver.ts";
import { PERMISSION_KINDS, type PermissionKind } from "../wire/names/permission_kinds.ts";
import { checkPermissions, isInFolder } from "./permissions.ts";

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
 * import { grantPermissions } from "./grants.ts";
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
 * import { permissionsWithin } from "./grants.ts";
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

/** The permissions with absolute paths; relative ones are of `folder`. A program without a slash is found by the PATH. */
export function withAbsolutePaths(line: Permissions, folder: string): Permissions {
  const entries = Object.entries(line).filter(([, list]) => list !== undefined);
  return Object.fromEntries(entries.map(([kind, list]) => {
    const isPath = (entry: string) => kind === "read" || kind === "write" || (/run|ffi/.test(kind) && /\//.test(entry));
    return [kind, list === true ? true : list.map((entry) => isPath(entry) ? resolve(folder, entry) : entry)];
  }));
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

/** `host` of `host:port` and `[::1]` of `[::1]:80`; all else, also a bare IPv6 address, is returned as it is. */
function withoutPort(host: string): string {
  return host.replace(/^([^:]+|\[.*\]):\d+$/, "$1");
}
