/** The text of a driver's own files as they once were, to be imported though the files have changed since. */
export interface KeptSources {
  /** By the files' URLs. */
  texts: Record<string, string>;
  /** The npm packages that they import. */
  packages: string[];
}

/**
 * Imports a file as it once was: what is kept is taken for what is on the disk, everything else comes from where it
 * always does. `import.meta` says what it said.
 */
export async function importKept(file: string, { texts, packages }: KeptSources): Promise<Record<string, unknown>> {
  // Only here: a driver whose file is as it was never meets Deno's hooks, which are young.
  const { registerHooks, stripTypeScriptTypes } = await import("node:module");
  // While there is a hook, Deno finds no package that it has not met before.
  for (const name of packages) await import(name).catch(() => {});
  const hooks = registerHooks({
    load(url, context, next) {
      const text = texts[url];
      if (text === undefined) return next(url, context);
      const source = /\.[cm]?ts$/.test(url) ? stripTypeScriptTypes(text, { mode: "transform" }) : text;
      return { format: url.endsWith(".json") ? "json" : "module", source, shortCircuit: true };
    },
  });
  try {
    return await import(file);
  } finally {
    hooks.deregister();
  }
}
