/** A new nkey of a user: its public part, which the server gets, and its seed, by which the user proves who it is. */
export async function newKey(): Promise<{ publicKey: string; seed: string }> {
  const { nkeys } = await import("@nats-io/transport-node");
  const key = nkeys.createUser();
  return { publicKey: key.getPublicKey(), seed: new TextDecoder().decode(key.getSeed()) };
}
