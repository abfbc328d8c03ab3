import { randomBytes } from "node:crypto";
import { hashOf, newSecret } from "../access/secret.ts";
import type { HeldLease } from "./lease_table.ts";

/** The tokens of leases from their grant until they are given to their owners; then only their hashes are known. */
export class NewTokens {
  readonly #tokens = new Map<string, string>();

  /** The id and the hash of the token of a new lease. */
  identify(): Pick<HeldLease, "id" | "tokenHash"> {
    const token = newSecret();
    const tokenHash = hashOf(token);
    this.#tokens.set(tokenHash, token);
    return { id: newLeaseId(), tokenHash };
  }

  /** The token of a lease that was granted, once. */
  take({ tokenHash }: HeldLease): string {
    const token = this.#tokens.get(tokenHash)!;
    this.#tokens.delete(tokenHash);
    return token;
  }
}

/** 50 random bits in base 32. */
function newLeaseId(): string {
  return Array.from(randomBytes(10), (byte) => (byte % 32).toString(32)).join("");
}
