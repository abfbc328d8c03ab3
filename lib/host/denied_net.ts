import type { Permissions } from "../wire/driver.ts";
import { withoutMapping } from "./permissions.ts";

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

/** The network of the loopback, as the beginning of an entry. */
const LOOPBACK = "127.0.0.0/8";

/**
 * The addresses that a process with such a permission `net` may not reach, as entries of `--deny-net`. Where an address is
 * granted by itself, Deno compares its notation in IPv6 (`::ffff:127.0.0.1`) with denied addresses and not with denied
 * networks, so it is denied by itself, too.
 */
export function deniedNet(granted: Permissions["net"] = []): string[] {
  const denied = [...deniers].flatMap((addresses) => addresses());
  const ports = denied.filter((entry) => entry.startsWith(`${LOOPBACK}:`)).map((entry) => entry.slice(LOOPBACK.length));
  const hosts = (granted === true ? [] : granted).flatMap((entry) =>
    /^127(\.\d+){3}/.exec(withoutMapping(entry))?.[0] ?? []
  );
  return [...new Set([...denied, ...hosts.flatMap((host) => ports.map((port) => host + port))])];
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
  // A name can lead to ::ffff:127.0.0.1, which Deno does not find in a network.
  const hosts = [LOOPBACK, "127.0.0.1", "[::1]", "0.0.0.0", "[::]", "localhost", ...found];
  return [...new Set(hosts)].map((host) => `${host}:${port}`);
}
