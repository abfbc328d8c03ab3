/** A new nkey of a user: its public part for the server, and its seed, which proves the user's identity. */
export async function newKey(): Promise<{ publicKey: string; seed: string }> {
  const { nkeys } = await import("@nats-io/transport-node");
  const key = nkeys.createUser();
  return { publicKey: key.getPublicKey(), seed: new TextDecoder().decode(key.getSeed()) };
}
