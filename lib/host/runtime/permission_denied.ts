import type { Permissions } from "../../wire/driver.ts";
import { PERMISSION_KINDS } from "../../wire/names/permission_kinds.ts";
import { LabError, messageOf } from "../../errors.ts";
import { grantLine } from "../../format/grant_line.ts";
import type { DeviceIdentity } from "../protocol/protocol.ts";

/**
 * Deno's message for a denied permission: `Requires net access to "10.0.0.7:80", run again with the --allow-net flag`.
 */
const DENIAL = /^Requires (\w+) access(?: to (?:"(.+?)"|.+?))?, run again/;

/** Deno's message for an import from the network. */
const REMOTE = /^A remote specifier was requested: "(.+?)"/;

/** A denied permission. */
interface Denial {
  /** The permission, for messages. */
  wanted: string;
  /** The permission, for programs. */
  facts: { permission: string; target?: string; grants?: Permissions };
  /** The way to get it, or the reason against it. Follows the permission in the message. */
  advice: string;
}

/**
 * A denied permission as an error that names the driver, the permission, and the line of the bench file that would
 * grant it.
 *
 * @param grant What the driver asks for and does not get, with the line that grants it.
 * @param place The line of the driver's file where it declares its permissions.
 * @returns `undefined`, if `thrown` is another error.
 */
export function permissionDenied(
  thrown: unknown,
  context: Record<string, unknown>,
  grant?: DeviceIdentity["grant"],
  place?: string,
): LabError | undefined {
  const denial = denialOf(thrown, grant, place);
  if (!denial) return undefined;
  const { wanted, facts, advice } = denial;
  const whose = context.device_id === undefined ? "" : ` of "${context.device_id}"`;
  return new LabError("DriverError", `The driver${whose} wanted ${wanted}, ${advice}`, {
    type: "PermissionDenied",
    context: { ...context, ...facts },
    cause: thrown,
  });
}

/**
 * The error for a permission that is denied during the import of a driver file. Permissions are granted to devices, so
 * during the import there are none.
 */
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

function denialOf(thrown: unknown, grant?: DeviceIdentity["grant"], place?: string): Denial | undefined {
  const message = messageOf(thrown);
  const [, url] = REMOTE.exec(message) ?? [];
  if (url) {
    return {
      wanted: `to import ${url} from the network`,
      facts: { permission: "import", target: url },
      advice: "which no driver may: save it beside the driver, or use an npm package",
    };
  }
  // A denied import is a TypeError with the same message.
  const [, permission, target] = DENIAL.exec(message) ?? [];
  if (!permission) return undefined;
  if (permission === "net" && isDeniedToAll(target)) {
    return {
      wanted: `net access to ${JSON.stringify(target)}`,
      facts: { permission, target },
      advice: `which no driver may reach: ${ownAddressWords(target)}`,
    };
  }
  const entries = target ? `[${JSON.stringify(target)}]` : "true";
  const isKnown = PERMISSION_KINDS.some((known) => known === permission);
  // Permissions that the driver asks for are granted to the driver, others only to its device.
  const grants = grant && Object.hasOwn(grant.missing, permission) ? grant.line : undefined;
  // What the driver asks for is the operator's to grant; what it does not ask for is also its author's to add.
  const author = grants
    ? ""
    : ` Its author can ask for it in the driver: permissions: () => ({ ${permission}: ${entries} })${
      place ? ` (${place})` : ""
    }.`;
  const line = grants
    ? `to the bench file: ${grantLine(grant!.driver, grants)}`
    : `to the device in the bench file: permissions: { add: { ${permission}: ${entries} } }`;
  return {
    wanted: `${permission} access${target ? ` to ${JSON.stringify(target)}` : ""}`,
    facts: { permission, ...(target && { target }), ...(grants && { grants }) },
    advice: "which it has not been granted" + (isKnown ? `.${author} If it should have it, add ${line}` : ""),
  };
}

/** The reason why an address is denied to all drivers. */
function ownAddressWords(target: string): string {
  const isName = /^[a-z]/i.test(target) && !/^localhost\b/i.test(target);
  if (!isName) return "it is the daemon's own address";
  return "it has the port of the daemon, and a name may lead to the daemon; give the address of the instrument as a number";
}

/** True for a host that a flag denies; false for one that is merely not granted. */
function isDeniedToAll(host: string | undefined): boolean {
  try {
    return host !== undefined && Deno.permissions.querySync({ name: "net", host }).state === "denied";
  } catch {
    return false;
  }
}
