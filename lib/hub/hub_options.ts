/** The messages whose frames are compressed, if they are large enough: none, those of catching up, or all. */
export type Compressed = "none" | "catch-up" | "all";

/** The hub that a bench connects to. */
export interface HubOptions {
  /** The name of this bench at the hub. */
  bench: string;
  /** The addresses of the hub's servers, such as `tls://hub.example.org:4222`. */
  servers: readonly string[];
  /** The proof of the bench's identity: credentials of NATS (a JWT and its seed), or the seed of an nkey. */
  identity?: { kind: "creds" | "nkey"; read(): Promise<Uint8Array> };
  /** The public nkeys of the views that may send requests to the bench, on behalf of the person that they name. */
  views?: readonly string[];
  /** By default `catch-up`. */
  compress?: Compressed;
  /** The paths of certificates, for servers whose authority the machine does not know, or that ask for one. */
  tls?: { ca?: string; cert?: string; key?: string };
}
