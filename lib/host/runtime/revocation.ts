/**
 * Returns a function that revokes the permission to read `paths` as soon as the promises of `imports` imports have settled.
 *
 * The imported code may replace everything that it reaches. So this captures what it needs now, and registers with the
 * promise before any of that code has run; the engine then calls it by itself.
 */
export function revocation(paths: readonly string[], imports: number): <T>(imported: Promise<T>) => Promise<T> {
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const { permissions } = Deno;
  const { revokeSync } = permissions;
  const descriptors = paths.map((path) => ({ name: "read", path }) as const);
  const { length } = descriptors;
  let left = imports;
  const revoke = () => {
    if (--left > 0) return;
    // No iterator: a replaced one would find no paths.
    for (let i = 0; i < length; i++) apply(revokeSync, permissions, [descriptors[i]]);
  };
  return (imported) => {
    apply(then, imported, [revoke, revoke]);
    return imported;
  };
}
