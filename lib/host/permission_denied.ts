import { PERMISSION_KINDS } from "../driver/permissions.ts";
import { LabError, messageOf } from "../errors.ts";

/** How Deno says no: `Requires net access to "10.0.0.7:80", run again with the --allow-net flag`. */
const DENIAL = /^Requires (\w+) access(?: to (?:"(.+?)"|.+?))?, run again/;

/**
 * What a driver was not allowed to do, told as what it is: what it wanted, and how the bench file would allow it.
 *
 * @returns `undefined`, if `thrown` is something else.
 */
export function permissionDenied(thrown: unknown, context: Record<string, unknown>): LabError | undefined {
  // An import that is denied comes as a TypeError with the same words.
  const [, kind, target] = DENIAL.exec(messageOf(thrown)) ?? [];
  if (!kind) return undefined;
  const isKnown = PERMISSION_KINDS.some((known) => known === kind);
  const grant = target ? `[${JSON.stringify(target)}]` : "true";
  const hint = isKnown
    ? `. If it should have it, add to the device in the bench file: permissions: { add: { ${kind}: ${grant} } }`
    : "";
  const wanted = `${kind} access${target ? ` to ${JSON.stringify(target)}` : ""}`;
  return new LabError("DriverError", `The driver wanted ${wanted}, which it has not been granted${hint}`, {
    type: "PermissionDenied",
    context: { ...context, permission: kind, ...(target && { target }) },
    cause: thrown,
  });
}
