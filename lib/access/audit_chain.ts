import { createHash } from "node:crypto";

/** The name of the record in the data folder. */
export const AUDIT_FILE = "audit.jsonl";

const SEAL = /^(\{.*),"hash":"([\w-]{43})"\}$/s;

/**
 * An entry with its hash, which covers the hash of the entry before it and its own text. A change, an added or a
 * removed entry makes all later hashes wrong.
 *
 * @param entry A JSON object as text.
 * @param before The hash of the entry before it; empty for the first one.
 */
export function sealed(entry: string, before: string): string {
  return `${entry.slice(0, -1)},"hash":"${hashOf(entry, before)}"}`;
}

/** The hash of a sealed entry; `undefined` for any other text. */
export function sealOf(line: string): string | undefined {
  return SEAL.exec(line)?.[2];
}

/** The result of {@linkcode verifyChain}. */
export interface ChainCheck {
  /** The number of entries that are as they were written. */
  entries: number;
  /** The hash of the last one: kept elsewhere, it shows whether entries are missing at the end. */
  last: string;
  /** The number of the first line that was changed, counted from 1. */
  brokenAt?: number;
}

/**
 * Checks lines against their hashes, up to the first that does not fit.
 *
 * @example
 * ```ts
 * import { sealed, sealOf, verifyChain } from "./audit_chain.ts";
 *
 * const first = sealed('{"action":"POST /safe"}', "");
 * const second = sealed('{"action":"POST /restore"}', sealOf(first)!);
 * console.assert((await verifyChain([first, second])).brokenAt === undefined);
 * console.assert((await verifyChain([first.replace("safe", "sage"), second])).brokenAt === 1);
 * ```
 */
export async function verifyChain(lines: AsyncIterable<string> | Iterable<string>): Promise<ChainCheck> {
  let last = "";
  let entries = 0;
  for await (const line of lines) {
    const [, text, hash] = SEAL.exec(line) ?? [];
    if (text === undefined || hashOf(`${text}}`, last) !== hash) return { entries, last, brokenAt: entries + 1 };
    last = hash;
    entries++;
  }
  return { entries, last };
}

function hashOf(entry: string, before: string): string {
  return createHash("sha256").update(`${before}\n${entry}`).digest("base64url");
}
