/** The lines of a device for the bench file, which keeps it over a restart of the daemon. */
import type { DeviceStatus } from "../../lib/client/mod.ts";
import { MASK } from "../../lib/format/secret_index.ts";

/** The lines, and the variables of the environment that they take their secrets from. */
export interface BenchLines {
  lines: string;
  variables: string[];
}

/**
 * The entry of a device below `devices:`. JSON is YAML, too. The page knows no secrets: each is a reference to a variable of the
 * daemon's environment.
 */
export function benchLines(
  { device_id, device_type, params, options }: Pick<DeviceStatus, "device_id" | "device_type" | "params" | "options">,
): BenchLines {
  const variables: string[] = [];
  const written = (value: unknown, path: string[]): string => {
    if (value === MASK) {
      const name = [device_id, ...path].join("_").toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
      variables.push(name);
      return `{ env: ${name} }`;
    }
    if (Array.isArray(value)) return `[${value.map((item, i) => written(item, [...path, String(i)])).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const entries = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${written(inner, [...path, key])}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  };
  const parts = [
    `- id: ${JSON.stringify(device_id)}`,
    `  driver: ${JSON.stringify(device_type)}`,
    ...Object.keys(params).length > 0 ? [`  params: ${written(params, [])}`] : [],
    ...Object.keys(options).length > 0 ? [`  options: ${written(options, ["options"])}`] : [],
  ];
  return { lines: parts.map((line) => `  ${line}\n`).join(""), variables };
}

function keyText(key: string): string {
  // Words that YAML reads as something else are quoted.
  return /^[a-z_][a-z0-9_]*$/i.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key)
    ? key
    : JSON.stringify(key);
}
