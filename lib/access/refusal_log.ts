import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { NewAuditEntry } from "../wire/audit.ts";
import type { AuditLog } from "./audit_log.ts";

/** The refusals of one principal that are recorded one by one, after a pause without any. */
const MAX_REFUSALS_AT_ONCE = 50;

/** The time after which one more refusal is recorded: at most 2 MB a day. */
const REFUSAL_PERIOD_MS = 30_000;

/** The number of principals whose refusals are counted. */
const MAX_REFUSED = 1_000;

const logger = getLogger(["labdaemon", "access"]);

/** The refusals of one principal. */
interface Refused {
  /** The entries that may be written at `atMs`. */
  left: number;
  atMs: number;
  /** The newest refusal that is not recorded, and the number of the others. */
  pending: NewAuditEntry | undefined;
  unrecorded: number;
}

/**
 * Records refused requests in the record of commands. Of a flood, it records the beginning, and then one entry per
 * period with the number of the others. All unknown principals count as one, so that their flood hides no refusal of a
 * known one.
 */
export class RefusalLog {
  readonly #audit: AuditLog;
  readonly #refused = new Map<string, Refused>();

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  /**
   * Records a refusal: now, or in a flood later, or as part of a count. Resolves when the entry is written, if it is
   * written now.
   */
  async note(refusal: NewAuditEntry): Promise<void> {
    const who = refusal.scope === undefined ? "" : refusal.who;
    let refused = this.#refused.get(who);
    if (!refused) {
      if (this.#refused.size >= MAX_REFUSED) this.#drop();
      refused = { left: MAX_REFUSALS_AT_ONCE, atMs: performance.now(), pending: undefined, unrecorded: 0 };
      this.#refused.set(who, refused);
    }
    if (refused.pending) refused.unrecorded++;
    refused.pending = refusal;
    await this.#write(refused);
  }

  /** Records the refusals that waited, as far as the limit allows. */
  sweep(): void {
    for (const refused of this.#refused.values()) void this.#write(refused);
  }

  /** Records the last refusals, beyond the limit too. */
  close(): void {
    for (const refused of this.#refused.values()) void this.#write({ ...refused, left: 1 });
    this.#refused.clear();
  }

  /** Makes room for one more principal: no longer counts the first one. Records its last refusals, beyond the limit too. */
  #drop(): void {
    const [[who, refused]] = this.#refused;
    this.#refused.delete(who);
    void this.#write({ ...refused, left: 1 });
  }

  async #write(refused: Refused): Promise<void> {
    const { pending, unrecorded } = refused;
    if (!pending) return;
    const now = performance.now();
    const left = Math.min(MAX_REFUSALS_AT_ONCE, refused.left + (now - refused.atMs) / REFUSAL_PERIOD_MS);
    Object.assign(refused, { left, atMs: now });
    if (left < 1) return;
    Object.assign(refused, { left: left - 1, pending: undefined, unrecorded: 0 });
    await this.#audit.append({ ...pending, ...unrecorded > 0 && { unrecorded } }).catch((error) => {
      logger.error("{error}", { error: messageOf(error) });
    });
  }
}
