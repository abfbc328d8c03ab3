/**
 * The bench file: the devices of this daemon, their settings, and the daemon's address.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { pathText } from "../format/path_text.ts";
import { inPlaceOrder, issueLine, type LocatedIssue, MAX_ISSUES, schemaIssues } from "../yaml/located_issues.ts";
import { benchSchema, DEVICE_KEYS, duplicateIds } from "./bench_schema.ts";
import { takeOwnDrivers } from "./own_driver.ts";
import { takeLibraryDrivers } from "./library_driver.ts";
import { readYaml } from "../yaml/located_yaml.ts";
import { renameOldKeys } from "./renamed_keys.ts";
import { resolveSecrets, type SecretReader, secretReader } from "./secret_references.ts";
import { LabError, messageOf } from "../errors.ts";
import { type Bench, benchOfFile } from "./bench.ts";

const logger = getLogger(["labdaemon", "bench"]);

/**
 * Reads the text or the bytes of a bench file. An empty text is a bench without devices. A key with an old name is logged as a warning.
 *
 * @param file The path of the bench file, for messages. `drivers` and the files of secrets are relative to its folder.
 * @param secrets Reads the params that are `{ env: NAME }` or `{ file: path }`.
 * @throws {LabError} `InvalidRequest`, with one line for each fault, such as
 * `bench.yaml:7:13: key devices[0].driver: expected …, found …`. `context.issues` has the faults as
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
export function parseBench(
  source: string | Uint8Array,
  file: string,
  secrets: SecretReader = secretReader(dirname(file)),
): Bench {
  const yaml = readYaml(source);
  const issues: LocatedIssue[] = yaml.faults.map((fault) => ({ path: "", ...fault }));
  const oldKeys = renameOldKeys(yaml);
  issues.push(...oldKeys.errors);
  // A text that is not YAML has no value.
  const own = takeOwnDrivers(withoutTemplates(yaml.value) ?? {}, yaml, file, DEVICE_KEYS);
  const library = takeLibraryDrivers(own.value);
  const found = yaml.value === undefined ? undefined : benchSchema.safeParse(library.value);
  if (found) issues.push(...duplicateIds(yaml), ...schemaIssues(yaml, found.error?.issues ?? []));
  const devices = found?.data?.devices.map((device, index) => {
    const { faults, ...resolved } = resolveSecrets(device.params, secrets);
    for (const { path, message } of faults) {
      const whole = ["devices", index, "params", ...path];
      issues.push({ path: pathText(whole), message, ...yaml.placeOf(whole) });
    }
    const driver = own.drivers.get(index) ?? library.drivers.get(index);
    return { ...device, ...resolved, ...driver && { ownDriver: driver } };
  });
  const secretIn = (section: string[], key: string, value: unknown) => {
    const { faults, params } = resolveSecrets({ [key]: value }, secrets);
    for (const { message } of faults) {
      const path = [...section, key];
      issues.push({ path: pathText(path), message, ...yaml.placeOf(path) });
    }
    return params[key];
  };
  const clientSecret = secretIn(["oidc"], "client_secret", found?.data?.oidc?.client_secret);
  const brokerPassword = secretIn(["mqtt"], "password", found?.data?.mqtt?.password);
  const webhookSecret = secretIn(["notify", "webhook"], "secret", found?.data?.notify?.webhook?.secret);
  if (!found?.success || !devices || issues.length > 0) throw refusal(file, issues);
  for (const warning of oldKeys.warnings) logger.warn("{warning}", { warning: issueLine(file, warning) });
  return benchOfFile(found.data, { devices, folder: dirname(file), clientSecret, brokerPassword, webhookSecret });
}

function refusal(file: string, found: LocatedIssue[]): LabError {
  const all = inPlaceOrder(found);
  const issues = all.slice(0, MAX_ISSUES);
  const lines = issues.map((issue) => issueLine(file, issue));
  if (all.length > issues.length) lines.push(`and ${all.length - issues.length} more`);
  return new LabError("InvalidRequest", [`Cannot use the bench file ${file}:`, ...lines].join("\n"), {
    context: { file, issues },
  });
}

/** A mapping without its keys that begin with `x-`: they hold anchors for the rest of the file. */
function withoutTemplates(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

/**
 * Reads a bench file from the disk, as {@linkcode parseBench} does.
 *
 * @throws {LabError} `InvalidRequest`, also for a file that is missing or cannot be read.
 */
export async function loadBench(path: string): Promise<Bench> {
  const bytes = await Deno.readFile(path).catch((cause: unknown) => {
    const found = cause instanceof Deno.errors.NotFound
      ? "there is no such file. Write one (an empty file is a bench without devices), or name another with --config"
      : messageOf(cause);
    throw new LabError("InvalidRequest", `Cannot read the bench file ${path}: ${found}`, {
      context: { file: path },
      cause,
    });
  });
  return parseBench(bytes, path);
}
