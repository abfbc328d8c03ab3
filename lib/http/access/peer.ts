/** A connection, as the server describes it. */
export interface Peer {
  /** The other side. */
  remoteAddr?: { hostname?: string };
  /** The reason why the connection has no room, if it has none: its client, or all clients together, are at the limit. */
  refusal?: "client" | "daemon";
}
