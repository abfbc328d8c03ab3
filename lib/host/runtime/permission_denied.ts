import { PERMISSION_KINDS } from "../../driver/permissions.ts";
import { LabError, messageOf } from "../../errors.ts";

/** How Deno says no: `Requires net access to "10.0.0.7:80", run again with the --allow-net flag`. */
const DENIAL = /^Requires (\w+) access(?: to (?:"(.+?)"|.+?))?, run again/;

/** How it says that nothing is imported from elsewhere. */
const REMOTE = /^A remote specifier was requested: "(.+?)"/;

/** What was wanted, in words and as facts, and what to do about it. */
interface Denial {
  wanted: string;
  facts: { permission: string; target?: string };
  advice: string;
}

/**
 * What a driver was not allowed to do, told as what it is: which driver wanted what, and how the bench file would allow it.
 *
 * @returns `undefined`, if `thrown` is something else.
 */
export function permissionDenied(thrown: unknown, context: Record<string, unknown>): LabError | undefined {
  const denial = denialOf(thrown);
  if (!denial) return undefined;
  const { wanted, facts, advice } = denial;
  const whose = context.device_id === undefined ? "" : ` of "${context.device_id}"`;
  return new LabError("DriverError", `The driver${whose} wanted ${wanted}, ${advice}`, {
    type: "PermissionDenied",
    context: { ...context, ...facts },
    cause: thrown,
  });
}

/** The same for a driver file that could not be imported: until a device is made of it, nothing can be granted. */
export function deniedAtImport({ context, cause }: LabError): LabError | undefined {
  const denial = denialOf(cause);
  if (!denial || context.file === undefined) return undefined;
  const { wanted, facts, advice } = denial;
  const what = facts.permission === "import" ? advice : "and while it is imported a driver may touch nothing";
  return new LabError("DriverError", `Cannot load ${context.file}: it wanted ${wanted}, ${what}`, {
    type: "PermissionDenied",
    context: { ...context, ...facts },
    cause,
  });
}

function denialOf(thrown: unknown): Denial | undefined {
  const message = messageOf(thrown);
  const [, url] = REMOTE.exec(message) ?? [];
  if (url) {
    return {
      wanted: `to import ${url} from the network`,
      facts: { permission: "import", target: url },
      advice: "which no driver may: save it beside the driver, or use an npm package",
    };
  }
  // An import that is denied comes as a TypeError with the same words.
  const [, permission, target] = DENIAL.exec(message) ?? [];
  if (!permission) return undefined;
  const isKnown = PERMISSION_KINDS.some((known) => known === permission);
  const grant = target ? `[${JSON.stringify(target)}]` : "true";
  const line = `permissions: { add: { ${permission}: ${grant} } }`;
  return {
    wanted: `${permission} access${target ? ` to ${JSON.stringify(target)}` : ""}`,
    facts: { permission, ...(target && { target }) },
    advice: "which it has not been granted" +
      (isKnown ? `. If it should have it, add to the device in the bench file: ${line}` : ""),
  };
}
