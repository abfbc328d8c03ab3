import { AuditLog } from "./audit_log.ts";
import { getLogger } from "@logtape/logtape";
import { deadline } from "../async/mod.ts";
import { LabError, messageOf } from "../errors.ts";
import type { IssuedToken } from "../wire/access.ts";
import { removeCtlToken, writeCtlToken } from "./ctl_token.ts";
import { OidcProvider, type OidcSettings } from "./oidc_provider.ts";
import { Principal } from "./principal.ts";
import { RefusalLog } from "./refusal_log.ts";
import { hashOf, newSecret } from "./secret.ts";
import { Sessions } from "./sessions.ts";
import { Tickets } from "./tickets.ts";
import { TokenStore } from "./token_store.ts";

/** Revoked and expired tokens, and changes by other programs, are noticed within this time. */
const SWEEP_MS = 500;

/** The time for the last writes to the data folder. */
const CLOSE_LIMIT_MS = 2_000;

/** The need of a token: always, never, or (null) as soon as there is one. */
export type Authentication = "tokens" | "none" | null;

/** The options of {@linkcode Access.open}. */
export interface AccessOptions {
  /** The data folder. */
  folder: string;
  authentication: Authentication;
  /** The provider by which people log in. Then a token or a session is always needed. */
  oidc?: OidcSettings;
}

const logger = getLogger(["labdaemon", "access"]);

const logFailure = (error: unknown) => logger.warn("ctl has no token of its own: {error}", { error: messageOf(error) });

const never = new AbortController().signal;

/** The principal of every request while no token is needed. It may do everything. */
const ANYONE = new Principal({ name: "anyone", scope: "admin", devices: null, ended: never });

/** The access to a daemon: its tokens, sessions and rights, and the records of their use. */
export class Access {
  readonly tokens: TokenStore | undefined;
  /** The record of all commands; `undefined` where no token can be needed. */
  readonly audit: AuditLog | undefined;
  /** The record of refusals, in the same file. */
  readonly refusals: RefusalLog | undefined;
  readonly sessions = new Sessions();
  readonly tickets = new Tickets();
  /** The provider by which people log in. */
  readonly oidc: OidcProvider | undefined;
  readonly #folder: string;
  #isRequired: boolean;
  /** The token of `ctl`: of this run, and in no file but that of `ctl`. */
  #ctl: { hash: string; principal: Principal } | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isSweeping = false;
  /** The hash of the code for the first administrator. */
  #first: string | undefined;
  #hasCtlFailed = false;

  private constructor(tokens: TokenStore | undefined, folder: string, isRequired: boolean, oidc?: OidcSettings) {
    this.tokens = tokens;
    this.audit = tokens && new AuditLog(folder);
    this.refusals = this.audit && new RefusalLog(this.audit);
    this.oidc = oidc && new OidcProvider(oidc);
    this.#folder = folder;
    this.#isRequired = isRequired;
  }

  /** Everyone who reaches the daemon may do everything. */
  static none(): Access {
    return new Access(undefined, "", false);
  }

  /**
   * Reads the tokens of a data folder.
   *
   * @throws {LabError} `InvalidRequest` for a file of tokens that cannot be used.
   */
  static async open({ folder, authentication, oidc }: AccessOptions): Promise<Access> {
    if (authentication === "none") return Access.none();
    const tokens = await TokenStore.open(folder);
    return new Access(tokens, folder, authentication === "tokens" || oidc !== undefined, oidc);
  }

  /** True if a token is needed. Once it is, it stays so for the life of the daemon. */
  get isRequired(): boolean {
    return this.#isRequired ||= (this.tokens?.size ?? 0) > 0;
  }

  /**
   * The principal of a request with a token, or without one.
   *
   * @throws {LabError} `Unauthorized` without a token that is in force, where one is needed.
   */
  identify(token: string | undefined): Principal {
    if (!this.isRequired) return ANYONE;
    if (token === undefined) {
      throw new LabError("Unauthorized", "A token is needed: send it as Authorization: Bearer <token>");
    }
    const found = this.#ctl?.hash === hashOf(token) ? this.#ctl.principal : this.tokens?.find(token);
    if (found) return found;
    throw new LabError("Unauthorized", "The token is not known: it never existed, or it was revoked");
  }

  /**
   * Checks the tokens regularly from now on: their expiry, and changes by other programs. Once a token is needed, `ctl`
   * gets one for this run: the daemon's own user may do everything.
   *
   * @param url The address of the daemon, as `ctl` uses it.
   */
  watch(url: string): void {
    if (!this.tokens) return;
    this.#timer ??= setInterval(() => void this.#sweep(url), SWEEP_MS);
    void this.#sweep(url);
  }

  async #admitCtl(url: string): Promise<void> {
    const token = newSecret();
    await writeCtlToken(this.#folder, url, token);
    const principal = new Principal({ name: "ctl", scope: "admin", devices: null, ended: never });
    this.#ctl = { hash: hashOf(token), principal };
  }

  /**
   * The code by which the first administrator gets a token; `undefined` unless a token is needed and there is none. Each
   * call voids the code before.
   */
  codeForFirst(): string | undefined {
    if (!this.isRequired || !this.tokens || this.tokens.size > 0) return undefined;
    const code = newSecret();
    this.#first = hashOf(code);
    return code;
  }

  /** Makes the first administrator's token for the code; `undefined` for any other text, and once there is a token. */
  async redeemFirst(code: string): Promise<IssuedToken | undefined> {
    if (this.#first === undefined || this.#first !== hashOf(code)) return undefined;
    const first = this.#first;
    // At once: the same code may come twice.
    this.#first = undefined;
    if (this.tokens!.size > 0) return undefined;
    try {
      return await this.tokens!.create({ name: "admin", scope: "admin" });
    } catch (error) {
      this.#first ??= first;
      throw error;
    }
  }

  /** Ends the watch, and the token of `ctl`. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.refusals?.close();
    const closed = Promise.all([
      this.tokens?.close(),
      this.audit?.close(),
      this.#ctl && removeCtlToken(this.#folder).catch(logFailure),
    ]);
    // A data folder that hangs does not delay the end of the daemon.
    await deadline(closed, CLOSE_LIMIT_MS).catch((error) => {
      logger.error("The data folder was not closed: {error}", { error: messageOf(error) });
    });
  }

  async #sweep(url: string): Promise<void> {
    this.tokens?.endExpired();
    this.sessions.sweep();
    this.refusals?.sweep();
    // While the file system hangs, only one check waits.
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    await this.tokens?.sweep();
    if (this.isRequired && !this.#ctl && !this.#hasCtlFailed) {
      await this.#admitCtl(url).catch((error) => {
        this.#hasCtlFailed = true;
        logFailure(error);
      });
    }
    this.#isSweeping = false;
  }
}
