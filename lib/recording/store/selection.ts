/** A part of a recording: some devices, in a span of time. */
export interface Selection {
  /** All devices, by default. */
  devices?: readonly string[];
  /** In nanoseconds since 1970; events from this time on. */
  from?: bigint;
  /** Events before this time. */
  to?: bigint;
  /** Events of this run of the daemon only. */
  epoch?: string;
  /** Rows that end with this sequence number, or behind it. */
  next?: bigint;
  /** Rows with this id, or a later one. */
  row?: bigint;
}

/** A selection as the condition of a query, and its values. */
export function conditionOf(
  { devices, from, to, epoch, next, row }: Selection,
): { where: string; given: (string | bigint)[] } {
  const conditions = [
    ["t1 >= ?", from],
    ["t0 <= ?", to === undefined ? undefined : to - 1n],
    ["epoch = ?", epoch],
    ["next >= ?", next],
    ["row.id >= ?", row],
  ] as const;
  const used = conditions.flatMap(([text, value]) => value === undefined ? [] : [{ text, value }]);
  const where = [
    ...devices ? [`device IN (${devices.map(() => "?").join(",")})`] : [],
    ...used.map(({ text }) => text),
  ];
  const given = [...devices ?? [], ...used.map(({ value }) => typeof value === "bigint" ? int64(value) : value)];
  return { where: where.length > 0 ? `WHERE ${where.join(" AND ")}` : "", given };
}

const MAX_INT64 = 2n ** 63n - 1n;

/** A time as a file has it: in nanoseconds, those before 1677 and after 2262 are the first and the last one of 64 bits. */
export function int64(time: bigint): bigint {
  return time > MAX_INT64 ? MAX_INT64 : time < -MAX_INT64 ? -MAX_INT64 : time;
}
