import type { KeptSources } from "../../protocol/protocol.ts";

/**
 * Imports an earlier version of a file: files in `texts` are replaced by their kept text, all others are imported as
 * usual. `import.meta` has its usual values.
 */
export async function importKept(file: string, { texts, packages }: KeptSources): Promise<Record<string, unknown>> {
  // Imported here, so that a driver whose file is unchanged does not depend on Deno's module hooks, which are recent.
  const { registerHooks, stripTypeScriptTypes } = await import("node:module");
  // Without a source map of its own, its errors would show line numbers of the file that is on the disk now.
  // Deno can transform, but its types are those of a Node version that only strips.
  const options: object = { mode: "transform", sourceMap: true };
  const toJavaScript = (text: string, url: string) =>
    stripTypeScriptTypes(text, options).replace(
      /(?<=\n\/\/# sourceMappingURL=data:application\/json;base64,)\S+\s*$/,
      (map) => btoa(JSON.stringify({ ...JSON.parse(atob(map)), sources: [url] })),
    );
  // While a hook is registered, Deno resolves only packages that it has imported before.
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
