import { createHash, randomBytes } from "node:crypto";

/** Marks a token for people, and for programs that look for secrets in files. */
const PREFIX = "lab_";

/** A new token of 256 random bits. */
export function newSecret(): string {
  return PREFIX + randomBytes(32).toString("base64url");
}

/** The hash of a token. A token is random, so that a slow hash would protect nothing more. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
