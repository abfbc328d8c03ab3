import { resolve } from "node:path";
import { z } from "zod";
import { LabError } from "../errors.ts";
import type { Bench } from "./bench.ts";
import * as values from "./values.ts";

/** A list as one text, with commas between its items. */
const listOf = (item: z.ZodType<string, string>) =>
  z.string().transform((text) => text.split(",").map((each) => each.trim()).filter(Boolean)).pipe(z.array(item));

const overrideSchema = z.object({
  host: values.host,
  // Number() would accept "", "0x1F" and " 80 ".
  port: z.string().transform((text) => /^\d+$/.test(text) ? Number(text) : NaN).pipe(values.port),
  drivers: values.folder,
  tasks: values.folder,
  data: values.folder,
  auth: z.enum(["tokens", "none"], { error: "tokens or none" }),
  base_path: values.basePath,
  allowed_hosts: listOf(values.hostHeader),
  allowed_origins: listOf(values.origin),
  trusted_proxies: listOf(values.network),
}).partial();

/**
 * Settings of a command line or an environment, which override the bench file: texts, by the keys of the file. `drivers`,
 * `tasks` and `data` are relative to the working directory; the items of a list are separated by commas.
 */
export type BenchOverrides = Partial<Record<keyof z.input<typeof overrideSchema>, string>>;

/** The keys of the bench file that an environment can override. */
export const OVERRIDES = Object.keys(overrideSchema.shape) as (keyof BenchOverrides)[];

/**
 * The bench with the overrides that are not `undefined`.
 *
 * @param nameOf The name of a key for the user, for errors: an option or a variable.
 * @throws {LabError} `InvalidRequest`, with each wrong option or variable.
 *
 * @example
 * ```ts
 * import { parseBench } from "./load_bench.ts";
 * import { overrideBench } from "./override_bench.ts";
 *
 * const bench = parseBench("port: 5000", "/lab/bench.yaml");
 * const fromEnvironment = overrideBench(bench, { port: "5001" }, (key) => `LABDAEMON_${key.toUpperCase()}`);
 * console.assert(overrideBench(fromEnvironment, { port: "5002" }).port === 5002);
 * ```
 */
export function overrideBench(
  bench: Bench,
  overrides: BenchOverrides,
  nameOf: (key: keyof BenchOverrides) => string = (key) => `--${key.replaceAll("_", "-")}`,
): Bench {
  const found = overrideSchema.safeParse(overrides);
  if (!found.success) {
    const issues = found.error.issues.map(({ path, message }) => {
      const key = path[0] as keyof BenchOverrides;
      return { path: nameOf(key), message: `expected ${message}, found ${JSON.stringify(overrides[key])}` };
    });
    const lines = issues.map(({ path, message }) => `${path}: ${message}`);
    throw new LabError("InvalidRequest", `Cannot start with ${lines.join("; ")}`, { context: { issues } });
  }
  const { host, port, drivers, tasks, data, auth, ...given } = found.data;
  const folder = (given: string | undefined, own: string) => given === undefined ? own : resolve(given);
  return {
    ...bench,
    host: host ?? bench.host,
    port: port ?? bench.port,
    drivers: folder(drivers, bench.drivers),
    tasks: folder(tasks, bench.tasks),
    data: folder(data, bench.data),
    auth: auth ?? bench.auth,
    basePath: given.base_path ?? bench.basePath,
    allowedHosts: given.allowed_hosts ?? bench.allowedHosts,
    allowedOrigins: given.allowed_origins ?? bench.allowedOrigins,
    trustedProxies: given.trusted_proxies ?? bench.trustedProxies,
  };
}
