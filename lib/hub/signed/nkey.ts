import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** The heads of Ed25519 keys in DER, before their 32 bytes. */
const PRIVATE_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_HEAD = Buffer.from("302a300506032b6570032100", "hex");

const KEY_BYTES = 32;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The signatures of an nkey, by the runtime's own Ed25519: that of NATS takes milliseconds each. */
export class Signer {
  readonly #key: KeyObject;

  /**
   * @param text A seed (`SU…`), or the text of a file of credentials with a seed.
   * @throws {Error} if the text contains no seed.
   */
  constructor(text: string) {
    const seed = /SU[A-Z2-7]{56}/.exec(text)?.[0];
    if (!seed) throw new Error('Cannot sign: no seed of a user, as "SU…", is in the file');
    const der = Buffer.concat([PRIVATE_HEAD, decodeBase32(seed).subarray(2, 2 + KEY_BYTES)]);
    this.#key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  }

  /** Signs a text; as base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString("base64url");
  }
}

/** True if a text was signed by the seed of one of some public nkeys. */
export function isSignedBy(nkeys: readonly string[], text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, "base64url");
  return nkeys.some((nkey) => verify(null, Buffer.from(text), publicKey(nkey), bytes));
}

const publicKeys = new Map<string, KeyObject>();

function publicKey(nkey: string): KeyObject {
  let key = publicKeys.get(nkey);
  if (!key) {
    const der = Buffer.concat([PUBLIC_HEAD, decodeBase32(nkey).subarray(1, 1 + KEY_BYTES)]);
    publicKeys.set(nkey, key = createPublicKey({ key: der, format: "der", type: "spki" }));
  }
  return key;
}

function decodeBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    value = (value << 5 | ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(value >> bits & 0xff);
  }
  return Buffer.from(bytes);
}
