import { type AuditEntry, auditEntrySchema, type AuditPage, type AuditQuery } from "../wire/audit.ts";
import { sealOf } from "./audit_chain.ts";
import { readLinesBefore } from "./file_lines.ts";

/** The part of the record that is read at once; between two parts, the streams have their turn. */
const PART_BYTES = 128 * 1024;

/** The part of the record that is searched for one answer. */
const MAX_SEARCHED_BYTES = 16 * 1024 * 1024;

const DEFAULT_LIMIT = 100;

/** Searches a record from its end, or from the place that an earlier answer came to. */
export async function findEntries(path: string, query: AuditQuery): Promise<AuditPage> {
  const { limit = DEFAULT_LIMIT, before } = query;
  const fits = filterOf(query);
  const sinceMs = timeOf(query.since, -Infinity);
  const found: AuditEntry[] = [];
  const page = (next: number) => ({ entries: found.reverse(), next: next > 0 ? String(next) : null });
  let end = before === undefined ? undefined : Number(before);
  for (let searched = 0; searched < MAX_SEARCHED_BYTES; searched += PART_BYTES) {
    const { lines, start } = await readLinesBefore(path, end, PART_BYTES);
    for (const { text, at } of lines.reverse()) {
      const entry = entryOf(text);
      if (!entry) continue;
      // Entries are in the order of their times.
      if (Date.parse(entry.at) < sinceMs) return page(0);
      if (fits(entry)) found.push(entry);
      if (found.length === limit) return page(at);
    }
    end = start;
    if (start === 0) break;
  }
  return page(end ?? 0);
}

function filterOf({ who, device, action, until }: AuditQuery): (entry: AuditEntry) => boolean {
  const untilMs = timeOf(until, Infinity);
  const text = action?.toLowerCase() ?? "";
  return (entry) =>
    (who === undefined || entry.who === who) &&
    (device === undefined || entry.device_id === device) &&
    (text === "" || `${entry.action}\n${entry.path}`.toLowerCase().includes(text)) &&
    Date.parse(entry.at) <= untilMs;
}

function timeOf(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : Date.parse(text);
}

/** The entry of a line; `undefined` for a line that is not an entry. */
function entryOf(text: string): AuditEntry | undefined {
  if (sealOf(text) === undefined) return undefined;
  try {
    return auditEntrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
