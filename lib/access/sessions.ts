import { now, timestamp } from "../async/clock.ts";
import { Principal } from "./principal.ts";
import { hashOf, newSecret } from "./secret.ts";

/** The lifetime of a session. */
const SESSION_MS = 12 * 3_600_000;

/** The limit of sessions: a further one ends the oldest. */
const MAX_SESSIONS = 1_000;

/** A session of a browser. */
export interface Session {
  readonly principal: Principal;
  /** Each command of the session must send it besides the cookie, which browsers send by themselves. */
  readonly csrf: string;
  readonly expiresAt: string;
  /** Where the person logs out of the institute's provider, too. */
  readonly logoutUrl: string | undefined;
}

interface LiveSession extends Session {
  expiresAtMs: number;
  end(): void;
}

/** The sessions of browsers. A session ends with the daemon, or with the token that opened it. */
export class Sessions {
  readonly #byHash = new Map<string, LiveSession>();

  /** Opens a session with the right of a principal. Returns its id, which is in the cookie alone. */
  open({ name, subject, scope, devices, ended }: Principal, logoutUrl?: string): { id: string; session: Session } {
    const id = newSecret();
    const stop = new AbortController();
    const either = AbortSignal.any([ended, stop.signal]);
    const principal = new Principal({ name, subject, scope, devices, ended: either });
    const expiresAtMs = now() + SESSION_MS;
    const session = {
      ...{ principal, csrf: newSecret(), expiresAtMs, expiresAt: timestamp(expiresAtMs), logoutUrl },
      end: () => stop.abort(),
    };
    this.#byHash.set(hashOf(id), session);
    if (this.#byHash.size > MAX_SESSIONS) this.#close(this.#byHash.keys().next().value!);
    return { id, session };
  }

  /** A session that is in force. */
  find(id: string): Session | undefined {
    const hash = hashOf(id);
    const found = this.#byHash.get(hash);
    if (!found || (found.expiresAtMs > now() && !found.principal.ended.aborted)) return found;
    this.#close(hash);
  }

  /** Ends a session, and all that it has opened. */
  close(id: string): void {
    this.#close(hashOf(id));
  }

  /** Ends the sessions that have expired. */
  sweep(): void {
    for (const [hash, { expiresAtMs, principal }] of this.#byHash) {
      if (expiresAtMs <= now() || principal.ended.aborted) this.#close(hash);
    }
  }

  #close(hash: string): void {
    this.#byHash.get(hash)?.end();
    this.#byHash.delete(hash);
  }
}
