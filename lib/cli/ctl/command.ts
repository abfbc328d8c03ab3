import type { ServerAPI, SSEClient, SSEClientOptions } from "../../client/mod.ts";
import type { Outlet } from "./outlet.ts";
import type { Paint } from "./paint.ts";

/** One option of a command. */
export interface Option {
  about: string;
  /** What its value is called in the help. An option without one is a switch. */
  value?: string;
}

/** One word that a command takes. */
export interface Argument {
  /** An `id` is a device's. */
  name: string;
  optional?: boolean;
  /** Whether there may be more of them. Only of the last one. */
  many?: boolean;
}

/** One command as data: what is read from the command line, and what its help says. */
export interface Command {
  name: string;
  /** One line. */
  about: string;
  arguments: Argument[];
  options?: Record<string, Option>;
  /** More for its own help: what one would otherwise have to try out. */
  notes?: string;
  /** Does it. What it throws becomes an error message and an exit code. */
  run(given: Given, ctl: Ctl): Promise<void>;
}

/** What a command line gave. */
export interface Given {
  /** The words behind the command. */
  words: string[];
  /** The value of an option. */
  value(name: string): string | undefined;
  /** Whether a switch is on. */
  has(name: string): boolean;
}

/** What commands work with. */
export interface Ctl {
  readonly url: string;
  readonly api: ServerAPI;
  readonly out: Outlet;
  readonly err: Outlet;
  /** Aborts when the person has had enough. */
  readonly signal: AbortSignal;
  readonly paint: Paint;
  /** A client for streams. */
  stream(options: Pick<SSEClientOptions, "onError">): SSEClient;
}
