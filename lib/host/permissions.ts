/**
 * The permissions of a driver's process: their form, and their flags of `deno run`. `grants.ts` decides which
 * permissions a driver gets.
 *
 * @module
 */
import { LabError, shortened } from "../errors.ts";
import type { Permissions } from "../wire/driver.ts";
import { PATH_KINDS, PERMISSION_KINDS } from "../wire/names/permission_kinds.ts";

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
      // A process with a flag that Deno cannot read ends at its start, with all devices that share it.
      if (kind === "net" && !isNetEntry(entry)) throw refusal(kind, `expected ${NET_FORM}, found ${found(entry)}`);
      if (kind === "env" && entry.includes("=")) {
        throw refusal(kind, `expected names of variables, found ${found(entry)}`);
      }
    }
  }
}

/** The form of an entry, for messages. */
const ENTRY_FORM = "non-empty texts without commas or control characters";

/** The form of an entry of `net`, for messages. */
const NET_FORM = 'hosts with or without a port, such as "192.168.1.20:5025" or "[::1]:80"';

/** True for what `--allow-net` can be: names, `*.` before a name, IPv4 with or without a prefix length, IPv6 in brackets. */
function isNetEntry(entry: string): boolean {
  if (/^(unix|vsock):/.test(entry)) return true;
  const [, host, port = "0"] = /^(.*?)(?::(\d{1,5}))?$/.exec(entry)!;
  if (Number(port) > 65_535) return false;
  if (host.startsWith("[")) return host.endsWith("]") && isIPv6(host.slice(1, -1));
  const [address, prefix] = host.split("/");
  if (prefix !== undefined) return isIPv4(address) && /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32;
  return /^(\*\.)?[\w-]+(\.[\w-]+)*\.?$/.test(host);
}

/**
 * An entry as it stands in a flag. Flags are split at commas, so a path that has one, as in the name of a checkout's
 * folder, is named from the working directory.
 */
function flagEntry(kind: string, entry: string): string {
  if (kind === "net") return withoutMapping(entry);
  return entry.includes(",") && PATH_KINDS.includes(kind) && entry.startsWith("/") ? fromHere(entry) : entry;
}

/** An absolute path as one from the working directory. */
function fromHere(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  const here = Deno.cwd().split("/").filter((name) => name !== "");
  const differing = here.findIndex((name, i) => name !== names[i]);
  const common = differing < 0 ? here.length : differing;
  return [...here.slice(common).map(() => ".."), ...names.slice(common)].join("/");
}

// Not those of `node:net`: a device's process would load that module at its start.
const IPV4 = /^(?:(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}$/;

function isIPv4(text: string): boolean {
  return IPV4.test(text);
}

function isIPv6(text: string): boolean {
  return /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]`);
}

/** `[::ffff:127.0.0.1]:80` as `127.0.0.1:80`: the form in which Deno compares it. */
export function withoutMapping(entry: string): string {
  const [, host, port] = /^\[([\da-f:.]+)\](:\d+)?$/i.exec(entry) ?? [];
  if (!host || !isIPv6(host)) return entry;
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(new URL(`http://[${host}]`).hostname) ?? [];
  if (!low) return entry;
  const bytes = [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]);
  return bytes.join(".") + (port ?? "");
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

/** True for a folder itself, and for what is in it. Both paths are normalized. */
export function isInFolder(path: string, folder: string): boolean {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  if (`${path}/` === start) return true;
  // A normalized path has ".." only at its beginning, where it leads out of the folder.
  return path.startsWith(start) && !path.slice(start.length).startsWith("..");
}
