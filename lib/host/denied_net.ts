const deniers = new Set<() => readonly string[]>();

/**
 * Denies addresses to the drivers' processes that start from now on, whatever they are granted, until the returned
 * function is called.
 *
 * @param addresses Called at each start of a process: a machine's addresses change.
 */
export function denyNet(addresses: () => readonly string[]): () => void {
  deniers.add(addresses);
  return () => deniers.delete(addresses);
}

/** The addresses that no driver may reach, as entries of `--deny-net`. */
export function deniedNet(): string[] {
  return [...new Set([...deniers].flatMap((addresses) => addresses()))];
}

/**
 * Every address of this machine with a port. Deno compares the address that a name or another notation resolves to, so
 * names need no entries of their own.
 *
 * @param interfaces The machine's addresses; throws without the permission to read them.
 */
export function ownAddresses(port: number, interfaces: () => { family: string; address: string }[]): string[] {
  const others = () => interfaces().map(({ family, address }) => family === "IPv6" ? `[${address}]` : address);
  let found: string[] = [];
  try {
    found = others().filter((host) => !host.startsWith("127."));
  } catch {
    // The addresses of its loopback remain.
  }
  // A connection to the unspecified address reaches the own machine.
  const hosts = ["127.0.0.0/8", "[::1]", "0.0.0.0", "[::]", "localhost", ...found];
  return [...new Set(hosts)].map((host) => `${host}:${port}`);
}
