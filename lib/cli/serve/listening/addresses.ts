import { withPort } from "../../../format/host_text.ts";

/** One address of the system. */
interface Address {
  family: string;
  address: string;
}

/** The addresses of a server: for its own machine, and for others. */
export interface Addresses {
  url: string;
  elsewhere: string[];
}

const WILDCARD_ADDRESSES = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]);

/** The place where a server listens. */
export interface Listening {
  hostname: string;
  port: number;
  /** True for https. */
  isEncrypted?: boolean;
}

/**
 * The addresses of a server.
 *
 * @param interfaces The machine's addresses; throws without the permission to read them.
 */
export function addresses({ hostname, port, isEncrypted }: Listening, interfaces: () => Address[]): Addresses {
  const urlOf = (host: string) => `${isEncrypted ? "https" : "http"}://${withPort(host, port)}`;
  const loopback = WILDCARD_ADDRESSES.get(hostname);
  if (loopback === undefined) return { url: urlOf(hostname), elsewhere: [] };
  return { url: urlOf(loopback), elsewhere: others(interfaces)?.map(urlOf) ?? ["by every address of this machine"] };
}

function others(interfaces: () => Address[]): string[] | undefined {
  try {
    const found = interfaces().filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."));
    return found.map(({ address }) => address);
  } catch {
    return undefined;
  }
}
