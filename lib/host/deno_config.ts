/** This project's `deno.json`: by its import map, every process of ours finds `labdaemon/driver` and the packages. */
export const CONFIG = new URL("../../deno.json", import.meta.url);

/** The flag that names it. */
export const CONFIG_FLAG = `--config=${decodeURIComponent(CONFIG.pathname)}`;
