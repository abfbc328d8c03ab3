import type { Principal } from "../../access/principal.ts";

/** A connection, as the server describes it. */
export interface Peer {
  /** The other side. */
  remoteAddr?: { hostname?: string };
  /** The principal, if something other than the request shows it, such as the signature of a view. */
  principal?: Principal;
  /**
   * The reason why there is no room for the connection: its client, or all clients together, are at the limit. Absent
   * if there is room.
   */
  refusal?: "client" | "daemon";
}
