import { getLogger } from "@logtape/logtape";
import { hashOf } from "../access/secret.ts";
import type { SafeOutcome } from "../device/safe_outcome.ts";
import { LabError, messageOf, shortened } from "../errors.ts";
import type { GrantedLease, LeaseEnd, LeasesAnswer, LeaseStatus } from "../wire/leases.ts";
import type { UnreadableFile } from "../wire/server.ts";
import { KeptTable } from "./kept_table.ts";
import { type KeptLeases, LeaseFile, wallTime } from "./lease_file.ts";
import { assertAllowed, idsOf } from "./lease_refusal.ts";
import { leaseFacts, statusOf } from "./lease_status.ts";
import { type HeldLease, type LeaseOrder, LeaseTable, type WaitingOrder } from "./lease_table.ts";
import { type LeasedBench, LeasedDevices } from "./leased_devices.ts";
import { NewTokens } from "./new_tokens.ts";
import { TableTimer } from "./table_timer.ts";
import { Waiters } from "./waiters.ts";

const logger = getLogger(["labdaemon", "leases"]);

/** The leases of a bench: grants, renewals and ends, and their effects on the devices. */
export class Leases {
  readonly #bench: LeasedBench;
  readonly #devices: LeasedDevices;
  readonly #kept: KeptTable;
  readonly #table: LeaseTable;
  readonly #waiters: Waiters;
  readonly #timer: TableTimer;
  readonly #tokens = new NewTokens();
  readonly #endings = new Map<HeldLease, Promise<SafeOutcome[]>>();
  readonly #listeners = new Set<(lease: LeaseStatus, how: LeaseEnd, reason: string) => void>();
  readonly #stopListening: () => void;
  readonly #closing = new AbortController();

  /** Leases that are not kept when the daemon ends, unless there is a file. */
  constructor(bench: LeasedBench, file?: LeaseFile, kept: KeptLeases = { fence: 0, leases: [] }) {
    this.#bench = bench;
    this.#devices = new LeasedDevices(bench, () => this.#table);
    this.#table = new LeaseTable(() => this.#tokens.identify(), {
      granted: (lease, waited) => this.#granted(lease, waited),
      ended: (lease) => this.#ended(lease),
      gaveUp: (order) => this.#waiters.gaveUp(order),
    }, kept);
    this.#kept = new KeptTable(this.#table, file);
    this.#timer = new TableTimer(this.#table);
    this.#waiters = new Waiters(this.#table, this.#timer);
    for (const lease of kept.leases) this.#devices.mark(lease);
    this.#stopListening = bench.listen({ added: ({ id }) => this.#devices.markDevice(id) });
    this.#timer.advance();
  }

  /**
   * Opens the leases of a data folder. Each continues with its remaining time; an expired one ends now. If the file
   * cannot be used, the log says so, no lease continues, and the daemon serves its bench nevertheless.
   *
   * @param unreadable Gets the file if it cannot be used.
   */
  static async open(bench: LeasedBench, folder: string, unreadable: UnreadableFile[] = []): Promise<Leases> {
    const file = new LeaseFile(folder);
    const kept = await file.read().catch((error) => {
      const message = `${messageOf(error)}; no lease continues`;
      logger.error("{error}", { error: message });
      unreadable.push({ file: file.path, message });
      return undefined;
    });
    return new Leases(bench, file, kept);
  }

  /** The number of grants and ends so far: a command that was allowed at a lower one may be of an earlier owner. */
  get fence(): number {
    return this.#table.fence;
  }

  /** Aborts when the leases are closed: the daemon ends. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** All leases, and the orders that wait. */
  list(): LeasesAnswer {
    this.#timer.advance();
    const queue = this.#table.queue.map(({ owner, purpose, devices, sinceMs }) => (
      { owner, purpose, devices: [...devices], since: wallTime(sinceMs) }
    ));
    return { leases: this.#table.leases.map(statusOf), queue };
  }

  /**
   * Leases all of some devices.
   *
   * @param waitMs The time that the call may wait for the devices.
   * @param signal Aborts when the caller no longer waits.
   * @throws {LabError} `DeviceNotFound`; `DeviceInUse`, if one is leased by another; `Unavailable`, if too many wait, or if the
   * lease cannot be kept.
   */
  async acquire(order: LeaseOrder, waitMs = 0, signal?: AbortSignal): Promise<GrantedLease> {
    for (const id of order.devices) this.#bench.getDevice(id);
    if (this.closing.aborted) throw closed();
    const lease = this.#table.acquire(order, performance.now()) ??
      await this.#waiters.wait(order, waitMs, signal);
    this.#timer.arm();
    const token = this.#tokens.take(lease);
    try {
      signal?.throwIfAborted();
      await this.#kept.write();
    } catch (error) {
      if (!lease.end) this.#end(lease, "released", "its grant could not be completed");
      throw error;
    }
    return { ...statusOf(lease), token };
  }

  /**
   * Renews a lease: it then ends `ttlMs` from now.
   *
   * @throws {LabError} `LeaseNotFound`, or `Forbidden` without its token.
   */
  renew(id: string, tokens: readonly string[], ttlMs?: number): LeaseStatus {
    const lease = this.#owned(id, tokens);
    this.#table.renew(lease, performance.now(), ttlMs);
    this.#timer.arm();
    this.#kept.writeSoon();
    return statusOf(lease);
  }

  /** Ends a lease: its devices are free, and stay as they are. Throws as {@linkcode renew} does. */
  async release(id: string, tokens: readonly string[]): Promise<void> {
    this.#end(this.#owned(id, tokens), "released", "its owner released it");
    await this.#kept.tryWrite();
  }

  /**
   * Ends the lease of another owner. Resolves when its devices were made safe.
   *
   * @throws {LabError} `LeaseNotFound`.
   */
  async break(id: string, reason: string): Promise<SafeOutcome[]> {
    const lease = this.#find(id);
    this.#end(lease, "broken", reason);
    const outcomes = await this.#endings.get(lease)!;
    await this.#kept.tryWrite();
    return outcomes;
  }

  /** Ends a lease when the returned function is called: its owner's connection has ended. Throws as {@linkcode renew} does. */
  bind(id: string, tokens: readonly string[]): () => void {
    const lease = this.#owned(id, tokens);
    return () => {
      if (!lease.end && !this.closing.aborted) this.#end(lease, "disconnected", "its owner's connection has ended");
    };
  }

  /** The devices of a lease. Throws as {@linkcode break} does. */
  devicesOf(id: string): readonly string[] {
    return this.#find(id).devices;
  }

  /** The ids of the leases of tokens that are in force. */
  idsOf(tokens: readonly string[]): string[] {
    return idsOf(this.#table, tokens);
  }

  /** Allows a command to some devices now. Throws as {@linkcode assertAllowed} does. */
  assertAllowed(attempt: string, deviceIds: readonly string[], tokens: readonly string[]): void {
    this.#timer.advance();
    const isRequired = (id: string) => this.#bench.devices().find((device) => device.id === id)?.leaseRequired === true;
    assertAllowed(this.#table, isRequired, { attempt, deviceIds, tokens });
  }

  /** Calls `listener` when a lease has ended, until the returned function is called. */
  listen(listener: (lease: LeaseStatus, how: LeaseEnd, reason: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the timers and the waits. The leases are kept. */
  async close(): Promise<void> {
    if (this.closing.aborted) return;
    this.#closing.abort();
    this.#timer.close();
    this.#stopListening();
    this.#waiters.close(closed());
    await this.#kept.close();
  }

  #granted(lease: HeldLease, waited?: WaitingOrder): void {
    this.#devices.mark(lease);
    this.#devices.report(lease, "granted");
    const devices = lease.devices.join(", ");
    logger.info("{owner} leases {devices}: {purpose}", { ...leaseFacts(lease), devices });
    if (waited) this.#waiters.granted(waited, lease);
  }

  #end(lease: HeldLease, how: LeaseEnd, reason: string): void {
    this.#table.end(lease, how, reason, performance.now());
    this.#timer.arm();
  }

  /** From now on, daemon and driver refuse the old owner. Then the devices are made safe, and only then freed. */
  #ended(lease: HeldLease): void {
    const { how, reason } = lease.end!;
    const devices = lease.devices.join(", ");
    logger.info("the lease of {devices} by {owner} has ended ({how}): {reason}", {
      ...{ ...leaseFacts(lease), devices, how, reason },
    });
    this.#devices.mark(lease);
    this.#devices.report(lease, how, { reason });
    for (const listener of this.#listeners) listener(statusOf(lease), how, reason);
    if (how === "released") return;
    const safe = this.#devices.makeSafe(lease, `the lease of ${lease.owner} has ended: ${reason}`);
    this.#endings.set(lease, safe);
    safe.then(() => {
      this.#endings.delete(lease);
      this.#table.free(lease, performance.now());
      this.#timer.arm();
      this.#devices.mark(lease);
      this.#kept.tryWrite();
    });
  }

  #find(id: string): HeldLease {
    this.#timer.advance();
    const lease = this.#table.get(id);
    if (lease && !lease.end) return lease;
    throw new LabError("LeaseNotFound", `Cannot find lease "${shortened(id)}": it never existed, or it has ended`);
  }

  #owned(id: string, tokens: readonly string[]): HeldLease {
    const lease = this.#find(id);
    if (tokens.some((token) => hashOf(token) === lease.tokenHash)) return lease;
    throw new LabError("Forbidden", `Cannot use lease "${id}": send its token as X-Lease`);
  }
}

function closed(): LabError {
  return new LabError("Unavailable", "Cannot lease: the daemon ends");
}
