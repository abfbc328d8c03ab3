import { type Scope, SCOPES } from "../wire/access.ts";

/** The parts of a {@linkcode Principal}. */
export interface PrincipalParts {
  name: string;
  /** The person as the OIDC provider numbers them; missing for a token. */
  subject?: string;
  scope: Scope;
  /** Ids of devices, in which `*` stands for any characters. `null` for all devices. */
  devices: readonly string[] | null;
  /**
   * The text before the device ids in these globs: `lab3/` for a request that a view sends to a bench. Empty by
   * default.
   */
  within?: string;
  /** Aborts when the right ends: its token was revoked, replaced, or has expired. */
  ended: AbortSignal;
}

/**
 * A person or a program that sends requests, and its rights.
 *
 * @example
 * ```ts
 * import { Principal } from "./principal.ts";
 *
 * const ended = new AbortController().signal;
 * const alice = new Principal({ name: "alice", scope: "control", devices: ["psu*"], ended });
 * console.assert(alice.allows("read") && !alice.allows("admin"));
 * console.assert(alice.sees("psu1") && !alice.sees("daq1"));
 * ```
 */
export class Principal {
  readonly name: string;
  readonly subject: string | undefined;
  readonly scope: Scope;
  readonly devices: readonly string[] | null;
  readonly ended: AbortSignal;
  readonly #within: string;

  constructor({ name, subject, scope, devices, within = "", ended }: PrincipalParts) {
    this.name = name;
    this.subject = subject;
    this.scope = scope;
    this.devices = devices;
    this.ended = ended;
    this.#within = within;
  }

  /** True if its right is for all devices. */
  get seesAll(): boolean {
    return this.devices === null;
  }

  /** True if its scope includes another. */
  allows(scope: Scope): boolean {
    return SCOPES.indexOf(this.scope) >= SCOPES.indexOf(scope);
  }

  /** True if the principal may see the device. */
  sees(deviceId: string): boolean {
    return this.devices?.some((glob) => matches(glob, this.#within + deviceId)) ?? true;
  }
}

/** True if a text matches a glob. Linear in its length, also for many `*`: the first place of each part is the best one. */
function matches(glob: string, text: string): boolean {
  const [first, ...parts] = glob.split("*");
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let place = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, place);
    if (found < 0) return false;
    place = found + part.length;
  }
  return text.length - last.length >= place && text.endsWith(last);
}
