/** The keys of a stream's query that belong to the daemon: no driver may have an option of such a name. */
export const RESERVED_STREAM_KEYS = [
  "since",
  "past",
  "max_rate",
  "thin",
  "waits",
  "no_samples",
  "joins",
  "format",
  "devices",
  "ticket",
] as const;
