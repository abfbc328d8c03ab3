import { type Command, InvalidArgumentError } from "commander";
import type { ServerAPI, SSEClient, SSEClientOptions } from "../../../client/mod.ts";
import type { Outlet } from "../../terminal/outlet.ts";
import type { Paint } from "../../terminal/paint.ts";

/** The daemon and the terminal that a command works with. */
export interface Ctl {
  readonly url: string;
  readonly api: ServerAPI;
  /** The client for requests that are sent in spite of Ctrl-C, such as the release of a lease. */
  readonly lastingApi: ServerAPI;
  /** Asks for a path of the daemon that `api` has no method for. A redirection is not followed. */
  get(path: string): Promise<Response>;
  readonly out: Outlet;
  readonly err: Outlet;
  /** The limit for an answer that the person gave, in milliseconds. */
  readonly timeoutMs?: number;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** The data folder of a daemon on this machine. */
  readonly dataFolder: string;
  readonly paint: Paint;
  /** Opens an address in the browser. Resolves to false where none can be opened. */
  browse(address: string): Promise<boolean>;
  /** A client for streams. */
  stream(options: Pick<SSEClientOptions, "onError">): SSEClient;
}

/** Adds one command to the program. `ctl` is available once the options are read, which is when an action runs. */
export type AddCommand = (program: Command, ctl: () => Ctl) => void;

/** The environment variable with the token of a lease, which commands are sent under. */
export const LEASE_TOKEN = "LABDAEMON_LEASE";

/** The argument `<id>`. A path of a URL cannot have these. */
export function deviceIdArgument(id: string): string {
  if (["", ".", ".."].includes(id)) throw new InvalidArgumentError("No device has this id");
  return id;
}
