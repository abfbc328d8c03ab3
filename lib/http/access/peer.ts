import type { Principal } from "../../access/principal.ts";

/** A connection, as the server describes it. */
export interface Peer {
  /** The other side. */
  remoteAddr?: { hostname?: string };
  /** The one who asks, if that is known otherwise than by the request, as by the signature of a view. */
  principal?: Principal;
  /** The reason why the connection has no room, if it has none: its client, or all clients together, are at the limit. */
  refusal?: "client" | "daemon";
}
