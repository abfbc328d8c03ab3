import type { Permissions } from "../wire/driver.ts";

/** The variables that programs and their libraries need to run at all, and that hold no secrets. */
const NEEDED = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT"];

/** A proxy of the environment does not reach this machine: drivers connect to it directly. */
const DIRECT = "127.0.0.1,127.0.0.0/8,localhost,::1";

/**
 * The environment of a program that runs drivers: the variables that every program needs, and the granted ones. With
 * `true`, all variables of the daemon.
 */
export function hostEnvironment(granted: Permissions["env"] = []): Record<string, string> {
  const names = granted === true ? [] : [...NEEDED, ...granted];
  const found = names.map((name) => [name, Deno.env.get(name)] as const);
  const own = Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { NO_COLOR: "1", ...own, NO_PROXY: DIRECT, no_proxy: DIRECT };
}
