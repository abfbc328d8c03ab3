const KINDS: Record<string, string> = {
  net: "network",
  read: "read files",
  write: "write files",
  env: "environment variables",
  run: "run programs",
  sys: "system information",
  ffi: "native libraries",
};

/** Permissions in words: `network: 192.168.1.20:5025; read files: everything`. */
export function permissionWords(permissions: unknown): string {
  const kinds = Object.entries((permissions ?? {}) as Record<string, true | string[]>);
  const words = kinds.filter(([, granted]) => granted === true || granted.length > 0).map(([kind, granted]) =>
    `${KINDS[kind] ?? kind}: ${granted === true ? "everything" : granted.join(", ")}`
  );
  return words.join("; ") || "nothing: no network, no files";
}

/** True if the bench file can grant a permission of this kind. */
export function isGrantable(kind: unknown): kind is string {
  return typeof kind === "string" && kind in KINDS;
}
