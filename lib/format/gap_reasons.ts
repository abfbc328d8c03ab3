const REASONS: Record<string, (reader: string) => string> = {
  "slow-reader": (reader) => `${reader} was too slow`,
  expired: () => "the daemon no longer had them",
  source: () => "lost before the daemon received them",
  restart: () => "the daemon was restarted",
};

/**
 * The reason of a gap in words. An unknown reason is returned unchanged.
 *
 * @param reader The reader of the stream in words, such as `this page`.
 */
export function gapReason(reason: string, reader: string): string {
  return REASONS[reason]?.(reader) ?? reason;
}
