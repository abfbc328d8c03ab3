import { createHash } from "node:crypto";
import { nkeys } from "@nats-io/transport-node";

type Key = ReturnType<typeof nkeys.createUser>;

/** What a user may publish and subscribe to; all, without. */
export interface UserRights {
  pub?: { allow: string[] };
  sub?: { allow: string[] };
  resp?: { max: number; ttl: number };
}

/** An operator of NATS with one account: its server believes its signatures and knows no user by name. */
export function natsOperator() {
  const [operator, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const stored = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const [lab, sys] = [
    token(operator, account, "LAB", { type: "account", limits: { ...unlimited, ...stored } }),
    token(operator, system, "SYS", { type: "account", limits: unlimited }),
  ];
  return {
    /** The lines of the server's configuration. */
    config: `operator: ${token(operator, operator, "lab", { type: "operator" })}\nresolver: MEMORY\n` +
      `system_account: ${system.getPublicKey()}\n` +
      `resolver_preload { ${account.getPublicKey()}: ${lab}, ${system.getPublicKey()}: ${sys} }\n`,
    /** The credentials of a new user, as a file has them. */
    user(name: string, rights: UserRights = {}): string {
      const key = nkeys.createUser();
      const text = token(account, key, name, { type: "user", ...unlimited, pub: {}, sub: {}, ...rights });
      return part("NATS USER JWT", text) + part("USER NKEY SEED", new TextDecoder().decode(key.getSeed()));
    },
  };
}

function part(title: string, text: string): string {
  return `-----BEGIN ${title}-----\n${text}\n------END ${title}------\n\n`;
}

/** A JWT of NATS about a key, signed by another one. */
function token(signer: Key, key: Key, name: string, about: object): string {
  const nats = { version: 2, ...about };
  const iat = Math.floor(Date.now() / 1000);
  const claim = { iat, iss: signer.getPublicKey(), name, sub: key.getPublicKey(), nats };
  const jti = createHash("sha256").update(JSON.stringify(claim)).digest("hex");
  const text = `${encoded({ typ: "JWT", alg: "ed25519-nkey" })}.${encoded({ ...claim, jti })}`;
  return `${text}.${base64(signer.sign(new TextEncoder().encode(text)))}`;
}

function encoded(value: unknown): string {
  return base64(new TextEncoder().encode(JSON.stringify(value)));
}

function base64(bytes: Uint8Array): string {
  return new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
}
