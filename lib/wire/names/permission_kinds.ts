/** Every kind of permission that a driver can have: serial ports by their paths; all others are named as Deno's flags are. */
export const PERMISSION_KINDS = ["net", "read", "write", "env", "run", "sys", "ffi", "serial"] as const;
/** One kind of permission: `net`, `serial`. */
export type PermissionKind = typeof PERMISSION_KINDS[number];

/** The kinds whose entries are paths. */
export const PATH_KINDS: readonly string[] = ["read", "write", "run", "ffi"] satisfies PermissionKind[];
