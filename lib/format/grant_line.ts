import type { Permissions } from "../wire/driver.ts";

/**
 * The line of the bench file that grants permissions to a driver, as YAML.
 *
 * @example
 * ```ts
 * import { grantLine } from "./grant_line.ts";
 *
 * console.assert(grantLine("Laser", { run: ["/bin/ls"] }) === 'grants: { Laser: { run: ["/bin/ls"] } }');
 * ```
 */
export function grantLine(driver: string, permissions: Permissions): string {
  const kinds = Object.entries(permissions).map(([kind, entries]) =>
    `${kind}: ${entries === true ? "true" : `[${entries.map((entry) => JSON.stringify(entry)).join(", ")}]`}`
  );
  return `grants: { ${driver}: { ${kinds.join(", ")} } }`;
}
