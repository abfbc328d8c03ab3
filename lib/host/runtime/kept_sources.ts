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
  // Without a map of its own, its errors would tell the lines of what is on the disk by now.
  const toJavaScript = (text: string, url: string) =>
    stripTypeScriptTypes(text, { mode: "transform", sourceMap: true }).replace(
      /(?<=\n\/\/# sourceMappingURL=data:application\/json;base64,)\S+\s*$/,
      (map) => btoa(JSON.stringify({ ...JSON.parse(atob(map)), sources: [url] })),
    );
  // While there is a hook, Deno finds no package that it has not met before.
  for (const name of packages) await import(name).catch(() => {});
  const hooks = registerHooks({
    load(url, context, next) {
      const text = texts[url];
      if (text === undefined) return next(url, context);
      const source = /\.[cm]?ts$/.test(url) ? toJavaScript(text, url) : text;
      return { format: url.endsWith(".json") ? "json" : "module", source, shortCircuit: true };
    },
  });
  try {
    return await import(file);
  } finally {
    hooks.deregister();
  }
}
