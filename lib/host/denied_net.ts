import { isIPv4 } from "node:net";
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
 * The addresses that a process with such a permission `net` must not reach, as entries of `--deny-net`.
 *
 * Deno has two gaps here. If addresses are granted one by one, it does not find an IPv4 address in the notation of IPv6
 * (`::ffff:127.0.0.1`) in a denied network. And if a name leads to an address in that notation, it compares that
 * address with no entry. So a granted address of the loopback is denied by itself, too, and a name with the daemon's
 * port is denied as a name.
 */
export function deniedNet(granted: Permissions["net"] = []): string[] {
  const denied = [...deniers].flatMap((addresses) => addresses());
  const ports = denied.filter((entry) => entry.startsWith(`${LOOPBACK}:`)).map((entry) => entry.slice(LOOPBACK.length));
  const entries = granted === true ? [] : granted.map(withoutMapping);
  const more = entries.flatMap((entry) => {
    const [, host, port] = /^(.*?)(:\d+)?$/.exec(entry)!;
    const leadsHere = isIPv4(host) ? host.startsWith("127.") : /^[\w*.-]+$/.test(host);
    return leadsHere ? ports.filter((own) => !port || port === own).map((own) => host + own) : [];
  });
  return [...new Set([...denied, ...more])];
}

/**
 * Every address of this machine with a port.
 *
 * @param interfaces The machine's addresses; throws without the permission to read them.
 */
export function ownAddresses(port: number, interfaces: () => { family: string; address: string }[]): string[] {
  const others = () => interfaces().map(({ family, address }) => family === "IPv6" ? `[${address}]` : address);
  let found: string[] = [];
  try {
    found = others().filter((host) => !host.startsWith("127."));
  } catch {
    // Without the permission, the loopback addresses remain.
  }
  // A connection to the unspecified address reaches the own machine.
  const hosts = [LOOPBACK, "127.0.0.1", "[::1]", "0.0.0.0", "[::]", "localhost", ...found];
  return [...new Set(hosts)].map((host) => `${host}:${port}`);
}
