/**
 * The bench file: which devices this daemon owns, how they are treated, and where it listens.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { type BenchIssue, duplicateIds, schemaIssues } from "./bench_issues.ts";
import { benchSchema } from "./bench_schema.ts";
import { readYaml } from "./located_yaml.ts";
import { renameOldKeys } from "./renamed_keys.ts";
import * as values from "./values.ts";
import type { DeviceSettings, Limits, RestartPolicy, StreamingMode } from "../device/policy.ts";
import type { PermissionGrants } from "../host/permissions.ts";
import { LabError, messageOf } from "../errors.ts";

const logger = getLogger(["labdaemon", "bench"]);

export type { Limits, PermissionGrants, RestartPolicy, StreamingMode };

/** One device as the bench file wants it. The driver's schemas judge its params and options. */
export interface BenchDevice extends DeviceSettings {
  id: string;
  /** The name of its driver, which is its device type. */
  driver: string;
  /** What makes the device. */
  params: Record<string, unknown>;
  /** Whether it may be connected at all. */
  enabled: boolean;
  /** Whether the daemon connects it at the start. */
  connect: boolean;
  permissions: PermissionGrants;
}

/** Everything that a bench file says. */
export interface Bench {
  host: string;
  /** 0: the system chooses. */
  port: number;
  /** The folder with the drivers, as an absolute path. */
  drivers: string;
  /** Origins whose pages may use the daemon, besides its own and those of this machine, as browsers spell them. */
  allowedOrigins: string[];
  /** Host headers that are answered, besides the daemon's own, in lower case. */
  allowedHosts: string[];
  devices: BenchDevice[];
}

/**
 * Reads a bench file's text. `file` is its path: messages name it, and `drivers` is relative to its folder. An empty text
 * is a bench without devices.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) that tells everything that is wrong at once, a line for each, as
 * `bench.yaml:7:13: key devices[0].driver: expected …, found …`. Its `context.issues` has the same as
 * `{path, line, column, message}`.
 *
 * @example
 * ```ts
 * import { parseBench } from "./load_bench.ts";
 *
 * const bench = parseBench("devices: [{id: daq1, driver: StreamingDAQ}]", "/lab/bench.yaml");
 * console.assert(bench.port === 5000);
 * console.assert(bench.devices[0].restart.initialDelayMs === 500);
 * ```
 */
export function parseBench(text: string, file: string): Bench {
  const yaml = readYaml(text);
  const issues: BenchIssue[] = yaml.faults.map((fault) => ({ path: "", ...fault }));
  const oldKeys = renameOldKeys(yaml);
  issues.push(...oldKeys.errors);
  // What is not YAML has no value to judge.
  const found = yaml.value === undefined ? undefined : benchSchema.safeParse(yaml.value ?? {});
  if (found) issues.push(...duplicateIds(yaml), ...schemaIssues(yaml, found.error?.issues ?? []));
  if (!found?.success || issues.length > 0) throw refusal(file, issues);
  for (const warning of oldKeys.warnings) logger.warn("{warning}", { warning: lineOf(file, warning) });
  const { allowed_origins: allowedOrigins, allowed_hosts: allowedHosts, drivers, ...rest } = found.data;
  return { ...rest, allowedOrigins, allowedHosts, drivers: resolve(dirname(file), drivers) };
}

function refusal(file: string, issues: BenchIssue[]): LabError {
  issues.sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = issues.map((issue) => lineOf(file, issue));
  return new LabError("InvalidRequest", [`Cannot use the bench file ${file}:`, ...lines].join("\n"), {
    context: { file, issues },
  });
}

function lineOf(file: string, { line, column, path, message }: BenchIssue): string {
  return `${file}:${line}:${column}: ${path && `key ${path}: `}${message}`;
}

/**
 * Reads a bench file from the disk, as {@linkcode parseBench} does.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) too when there is no such file or it cannot be read.
 */
export async function loadBench(path: string): Promise<Bench> {
  const text = await Deno.readTextFile(path).catch((cause: unknown) => {
    const found = cause instanceof Deno.errors.NotFound
      ? "there is no such file. Write one (an empty file is a bench without devices), or name another with --config"
      : messageOf(cause);
    throw new LabError("InvalidRequest", `Cannot read the bench file ${path}: ${found}`, {
      context: { file: path },
      cause,
    });
  });
  return parseBench(text, path);
}

/** What a command line or an environment can set instead of the bench file: texts, as they come from there. */
export interface BenchOverrides {
  host?: string;
  port?: string;
  /** Relative to the working directory. */
  drivers?: string;
}

const overrideSchema = z.object({
  host: values.host,
  // Number() alone would take "", "0x1F" and " 80 " for numbers.
  port: z.string().transform((text) => /^\d+$/.test(text) ? Number(text) : NaN).pipe(values.port),
  drivers: values.folder,
}).partial();

/**
 * The bench with what the overrides set; what is `undefined` there stays. `nameOf` gives the name under which the user
 * set a key, for errors. Environment first, flags after it: the last call wins.
 *
 * Throws a {@linkcode LabError} (`InvalidRequest`) that names each wrong flag or variable.
 *
 * @example
 * ```ts
 * import { overrideBench, parseBench } from "./load_bench.ts";
 *
 * const bench = parseBench("port: 5000", "/lab/bench.yaml");
 * const fromEnvironment = overrideBench(bench, { port: "5001" }, (key) => `LABDAEMON_${key.toUpperCase()}`);
 * console.assert(overrideBench(fromEnvironment, { port: "5002" }).port === 5002);
 * ```
 */
export function overrideBench(
  bench: Bench,
  overrides: BenchOverrides,
  nameOf: (key: keyof BenchOverrides) => string = (key) => `--${key}`,
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
  const { host = bench.host, port = bench.port, drivers } = found.data;
  return { ...bench, host, port, drivers: drivers === undefined ? bench.drivers : resolve(drivers) };
}
