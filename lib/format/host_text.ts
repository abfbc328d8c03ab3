import { isIPv6 } from "node:net";

/** The form of a host, for messages. */
export const HOST_FORM = 'a host name or address without a port, such as "127.0.0.1"';

/** True for the name of a host, and for an address of one: IPv4, or IPv6 without brackets. */
export function isHost(value: unknown): value is string {
  return typeof value === "string" && (/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(value) || isIPv6(value));
}

/** A host with its port: `[::1]:80`, `labpc:80`. */
export function withPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** True for a host by which a machine reaches itself; an IPv6 address with or without brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
