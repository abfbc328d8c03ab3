import { now, timestamp } from "../async/clock.ts";
import type { Scope } from "../wire/access.ts";
import { Principal } from "./principal.ts";
import { hashOf, newSecret } from "./secret.ts";

const TICKET_MS = 30_000;

/** The limit of tickets: a further one makes the oldest void. */
const MAX_TICKETS = 1_000;

interface LiveTicket {
  principal: Principal;
  path: string;
  expiresAtMs: number;
}

/**
 * Tickets: each opens one path, once, within 30 s. A ticket may stand in an address, because it is void after its use.
 */
export class Tickets {
  readonly #byHash = new Map<string, LiveTicket>();

  /** Makes a ticket with the right of a principal, for one path and with a scope that is no more than its own. */
  issue(
    { name, subject, devices, ended }: Principal,
    path: string,
    scope: Scope,
  ): { ticket: string; expiresAt: string } {
    const ticket = newSecret();
    const expiresAtMs = now() + TICKET_MS;
    this.#byHash.set(hashOf(ticket), {
      ...{ principal: new Principal({ name, subject, scope, devices, ended }), path, expiresAtMs },
    });
    if (this.#byHash.size > MAX_TICKETS) this.#byHash.delete(this.#byHash.keys().next().value!);
    return { ticket, expiresAt: timestamp(expiresAtMs) };
  }

  /** The principal of a ticket for this path, which is void then. */
  take(ticket: string, path: string): Principal | undefined {
    const hash = hashOf(ticket);
    const found = this.#byHash.get(hash);
    this.#byHash.delete(hash);
    if (!found || found.path !== path || found.expiresAtMs <= now() || found.principal.ended.aborted) return undefined;
    return found.principal;
  }
}
