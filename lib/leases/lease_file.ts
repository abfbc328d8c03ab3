import { join } from "node:path";
import { z } from "zod";
import { answered } from "../access/folder_answer.ts";
import { makePrivateFolder, parseKept, readIfThere, writePrivately } from "../access/private_file.ts";
import { now, timestamp } from "../async/clock.ts";
import { LabError, messageOf } from "../errors.ts";
import { leaseIdSchema, MAX_LEASE_SECONDS } from "../wire/leases.ts";
import { countSchema, deviceIdSchema, timeSchema } from "../wire/values.ts";
import type { HeldLease } from "./lease_table.ts";

/** A stored lease: with the hash of its token, and its times by the wall clock. */
const storedSchema = z.object({
  lease_id: leaseIdSchema,
  token_hash: z.string(),
  owner: z.string(),
  purpose: z.string(),
  devices: z.array(deviceIdSchema),
  ttl: z.number().positive().max(MAX_LEASE_SECONDS),
  fence: countSchema,
  since: timeSchema,
  expires_at: timeSchema,
});

const fileSchema = z.object({ version: z.literal(1), fence: countSchema, leases: z.array(storedSchema) });

/** The leases that a table goes on with. */
export interface KeptLeases {
  fence: number;
  leases: HeldLease[];
}

/** The leases in the data folder. */
export class LeaseFile {
  readonly #folder: string;
  readonly path: string;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "leases.json");
  }

  /**
   * The leases of the previous run, with their remaining times: none if expired, or ended with devices not yet safe.
   *
   * @throws {LabError} `InvalidRequest` for a file that cannot be used.
   */
  async read(): Promise<KeptLeases> {
    try {
      const version = await readIfThere(this.path);
      if (!version) return { fence: 0, leases: [] };
      const { fence, leases } = parseKept(version.text, fileSchema);
      return { fence, leases: leases.map(fromStored) };
    } catch (cause) {
      throw new LabError("InvalidRequest", `Cannot use the leases in ${this.path}: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Writes the present leases when its turn comes. Calls that wait for their turn share one write.
   *
   * @throws {LabError} `Unavailable`, if the file cannot be written within 5 s.
   */
  write(kept: () => KeptLeases): Promise<void> {
    this.#waiting ??= this.#writing.catch(() => {}).then(() => {
      this.#waiting = undefined;
      return this.#writing = this.#write(kept());
    });
    return answered(() => this.#waiting!, "Cannot keep the leases");
  }

  async #write({ fence, leases }: KeptLeases): Promise<void> {
    const text = JSON.stringify({ version: 1, fence, leases: leases.map(toStored) }, null, 2);
    try {
      await makePrivateFolder(this.#folder);
      await writePrivately(this.path, `${text}\n`);
    } catch (cause) {
      throw new LabError("Unavailable", `Cannot keep the leases in ${this.path}: ${messageOf(cause)}`, { cause });
    }
  }
}

function toStored(lease: HeldLease): z.output<typeof storedSchema> {
  const { id, tokenHash, owner, purpose, devices, ttlMs, fence, sinceMs, untilMs, end } = lease;
  return {
    ...{ lease_id: id, token_hash: tokenHash, owner, purpose, devices: [...devices], ttl: ttlMs / 1000, fence },
    since: wallTime(sinceMs),
    expires_at: wallTime(end ? sinceMs : untilMs),
  };
}

/** Even if the wall clock was set back, a lease gets no more than its `ttl`. */
function fromStored(stored: z.output<typeof storedSchema>): HeldLease {
  const { lease_id: id, token_hash: tokenHash, owner, purpose, devices, ttl, fence } = stored;
  const ttlMs = ttl * 1000;
  const nowMs = performance.now();
  const fromNow = (time: string) => Date.parse(time) - Date.now();
  return {
    ...{ id, tokenHash, owner, purpose, devices, ttlMs, fence },
    sinceMs: nowMs + Math.min(0, fromNow(stored.since)),
    untilMs: nowMs + Math.min(ttlMs, fromNow(stored.expires_at)),
  };
}

/** A reading of the monotonic clock as a time of the wall clock. */
export function wallTime(ms: number): string {
  return timestamp(now() + ms - performance.now());
}
