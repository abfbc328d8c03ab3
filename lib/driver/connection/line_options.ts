import type { LineFormatOptions } from "./line_format.ts";

/** Options of the lines that an instrument sends. */
export interface LineInputOptions {
  /** Received lines without text are ignored. By default an empty line is an answer. */
  skipBlank?: boolean;
  /** Lines that match are never an answer: messages that the instrument sends by itself. */
  unsolicited?: RegExp;
  /**
   * Gets each line that is no answer: it came before a query was sent, matches `unsolicited`, or came while no read was pending.
   * Without it, lines that come while no read is pending wait for {@linkcode LineConnection.lines}, and a query discards them.
   */
  onUnsolicited?: (line: string) => void;
}

/** Options of {@linkcode LineConnection.lines}. */
export interface LinesOptions {
  /**
   * The time without a byte after which the connection counts as lost, in milliseconds. `Infinity`: an instrument whose
   * lines are rare events.
   *
   * @default {30_000}
   */
  silenceMs?: number;
  /** The first line is dropped: it may be the end of a line that began before the connection. */
  skipFirst?: boolean;
}

/** Options of lines over a connection. */
export interface LineOptions extends LineFormatOptions, LineInputOptions {
  /**
   * The limit of each query, command and write, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
  /**
   * The pause between the end of one exchange and the next line that is sent, in milliseconds.
   *
   * @default {0}
   */
  delayMs?: number;
  /** The instrument repeats each line that it gets, before it answers. The echo is checked, and is no answer. */
  echo?: boolean;
  /**
   * A question that is asked when nothing was exchanged for `everyMs` milliseconds: an instrument that has gone without
   * closing the connection is noticed while no query is sent.
   */
  keepAlive?: { query: string; everyMs: number };
}

/** Options of one query. */
export interface QueryOptions {
  /** Stops waiting. The exchange itself goes on until its answer or its limit: the next query does not get this answer. */
  signal?: AbortSignal;
  /** The limit of this query, in milliseconds. Defaults to the connection's `timeoutMs`. */
  timeoutMs?: number;
}
