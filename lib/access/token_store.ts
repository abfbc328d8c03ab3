import { getLogger } from "@logtape/logtape";
import { now, timestamp } from "../async/clock.ts";
import { Mutex } from "../async/mutex.ts";
import { LabError, messageOf } from "../errors.ts";
import { type IssuedToken, LIFETIME, type NewTokenRequest, type TokenInfo } from "../wire/access.ts";
import { written } from "./folder_answer.ts";
import { Principal } from "./principal.ts";
import { hashOf, newSecret } from "./secret.ts";
import { type StoredToken, TokenFile } from "./token_file.ts";

/** The last use of tokens is written at most so often. */
const LAST_USE_MS = 60_000;

const MS_PER_UNIT: Record<string, number> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

const logger = getLogger(["labdaemon", "access"]);

/** A token that is in use, and its principal. */
interface LiveToken {
  readonly stored: StoredToken;
  readonly principal: Principal;
  readonly expiresAtMs: number;
  end(): void;
}

/**
 * The tokens of a data folder. A change of the file by another program takes effect at the next {@linkcode sweep}; what a
 * token has opened ends with it.
 */
export class TokenStore {
  readonly #file: TokenFile;
  readonly #writes = new Mutex();
  #byHash = new Map<string, LiveToken>();
  #lastUseWrittenMs = performance.now();
  #hasUse = false;

  private constructor(file: TokenFile) {
    this.#file = file;
  }

  /** @throws {LabError} `InvalidRequest` for a file that cannot be used. */
  static async open(folder: string): Promise<TokenStore> {
    const store = new TokenStore(new TokenFile(folder));
    store.#adopt(await store.#file.read());
    return store;
  }

  /** The number of tokens, expired ones included. */
  get size(): number {
    return this.#byHash.size;
  }

  /** All tokens, the oldest first. */
  list(): TokenInfo[] {
    return [...this.#byHash.values()].map(({ stored }) => infoOf(stored));
  }

  /**
   * The principal of a token; `undefined` for one that is not known.
   *
   * @throws {LabError} `Unauthorized` for a token that has expired.
   */
  find(token: string): Principal | undefined {
    const found = this.#byHash.get(hashOf(token));
    if (!found) return undefined;
    if (found.expiresAtMs <= now()) {
      found.end();
      throw new LabError("Unauthorized", `Cannot use the token of "${found.stored.name}": it has expired`);
    }
    found.stored.last_used_at = timestamp();
    this.#hasUse = true;
    return found.principal;
  }

  /** @throws {LabError} `TokenExists` for a name that is in use. */
  async create({ name, scope, devices, expires_in }: NewTokenRequest): Promise<IssuedToken> {
    const token = newSecret();
    const stored: StoredToken = {
      ...{ name, scope, devices: devices ?? null, created_at: timestamp() },
      ...{ expires_at: expires_in ? timestamp(now() + lifetimeMs(expires_in)) : null, last_used_at: null },
      hash: hashOf(token),
    };
    await this.#change((tokens) => {
      if (tokens.some((it) => it.name === name)) {
        throw new LabError("TokenExists", `Cannot make a token "${name}": there is one already; revoke or rotate it`);
      }
      return [...tokens, stored];
    });
    return { ...infoOf(stored), token };
  }

  /**
   * Ends a token, and all that it has opened.
   *
   * @throws {LabError} `TokenNotFound`.
   */
  async revoke(name: string): Promise<void> {
    await this.#change((tokens) => {
      const revoked = named(tokens, name);
      return tokens.filter((it) => it !== revoked);
    });
  }

  /**
   * Replaces a token by a new one with the same name, scope and devices, and the same lifetime from now on.
   *
   * @throws {LabError} `TokenNotFound`.
   */
  async rotate(name: string): Promise<IssuedToken> {
    const token = newSecret();
    let rotated: StoredToken;
    await this.#change((tokens) => {
      const old = named(tokens, name);
      const lifetime = old.expires_at === null ? undefined : Date.parse(old.expires_at) - Date.parse(old.created_at);
      rotated = {
        ...old,
        created_at: timestamp(),
        expires_at: lifetime === undefined ? null : timestamp(now() + lifetime),
        last_used_at: null,
        hash: hashOf(token),
      };
      return tokens.map((it) => it === old ? rotated : it);
    });
    return { ...infoOf(rotated!), token };
  }

  /** Ends expired tokens. */
  endExpired(): void {
    for (const { expiresAtMs, end } of this.#byHash.values()) if (expiresAtMs <= now()) end();
  }

  /** Reads the file if another program has changed it, and writes the last uses from time to time. */
  async sweep(): Promise<void> {
    await this.#writes.run(async () => {
      if (await this.#file.hasChanged()) this.#adopt(await this.#file.read());
      if (this.#hasUse && performance.now() - this.#lastUseWrittenMs > LAST_USE_MS) await this.#writeUses();
    }).catch((error) => logger.error("{error}", { error: messageOf(error) }));
  }

  /** Writes the last uses. */
  async close(): Promise<void> {
    if (!this.#hasUse) return;
    await this.#writes.run(() => this.#writeUses()).catch((error) => {
      logger.error("Cannot write the last uses of the tokens: {error}", { error: messageOf(error) });
    });
  }

  async #writeUses(): Promise<void> {
    this.#hasUse = false;
    this.#lastUseWrittenMs = performance.now();
    if (await this.#file.hasChanged()) this.#adopt(await this.#file.read());
    await this.#file.write(this.#stored());
  }

  #stored(): StoredToken[] {
    return [...this.#byHash.values()].map(({ stored }) => stored);
  }

  async #change(change: (tokens: StoredToken[]) => StoredToken[]): Promise<void> {
    const work = async (signal: AbortSignal) => {
      if (await this.#file.hasChanged()) this.#adopt(await this.#file.read());
      // A change that was refused is not made later.
      signal.throwIfAborted();
      const changed = change(this.#stored());
      await this.#file.write(changed);
      this.#adopt(changed);
    };
    await written((signal) => this.#writes.run(() => work(signal), signal), "Cannot change the tokens");
  }

  /** Takes tokens into use. One that is as before stays, with all that it has opened; the others end. */
  #adopt(tokens: readonly StoredToken[]): void {
    const before = this.#byHash;
    this.#byHash = new Map(tokens.map((stored) => {
      const known = before.get(stored.hash);
      return [stored.hash, known && isSameRight(known.stored, stored) ? withUse(known, stored) : live(stored)];
    }));
    for (const [hash, token] of before) if (this.#byHash.get(hash) !== token) token.end();
  }
}

function live(stored: StoredToken): LiveToken {
  const { name, scope, devices, expires_at } = stored;
  const ended = new AbortController();
  return {
    stored,
    principal: new Principal({ name, scope, devices, ended: ended.signal }),
    expiresAtMs: expires_at === null ? Infinity : Date.parse(expires_at),
    end: () => ended.abort(),
  };
}

function withUse(known: LiveToken, { last_used_at: other }: StoredToken): LiveToken {
  const { last_used_at: own } = known.stored;
  if (other !== null && (own === null || own < other)) known.stored.last_used_at = other;
  return known;
}

function isSameRight(a: StoredToken, b: StoredToken): boolean {
  const right = ({ name, scope, devices, expires_at }: StoredToken) =>
    JSON.stringify([name, scope, devices, expires_at]);
  return right(a) === right(b);
}

function named(tokens: readonly StoredToken[], name: string): StoredToken {
  const found = tokens.find((it) => it.name === name);
  if (found) return found;
  throw new LabError("TokenNotFound", `Cannot find a token "${name}": GET /tokens lists them`);
}

function infoOf({ hash: _, ...info }: StoredToken): TokenInfo {
  return info;
}

function lifetimeMs(text: string): number {
  const [, count, unit] = LIFETIME.exec(text)!;
  return Number(count) * MS_PER_UNIT[unit];
}
