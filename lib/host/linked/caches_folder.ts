import { resolve } from "node:path";

/** Deno's folder of caches, where the compiled library is, too. */
export async function cachesFolder(): Promise<string | undefined> {
  const variable = async (variable: string) => {
    const { state } = await Deno.permissions.query({ name: "env", variable });
    return state === "granted" ? Deno.env.get(variable) || undefined : undefined;
  };
  const own = await variable("DENO_DIR");
  if (own) return resolve(own);
  const home = await variable("HOME");
  const ofSystem = Deno.build.os === "darwin" ? "Library/Caches" : ".cache";
  const all = Deno.build.os === "darwin" ? undefined : await variable("XDG_CACHE_HOME");
  const caches = all ?? (home && `${home}/${ofSystem}`);
  return caches && `${resolve(caches)}/deno`;
}
