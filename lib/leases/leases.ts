import { randomBytes } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { hashOf, newSecret } from "../access/secret.ts";
import { MAX_DELAY_MS } from "../async/mod.ts";
import type { SafeOutcome } from "../device/safe_outcome.ts";
import { LabError, messageOf, shortened } from "../errors.ts";
import type { GrantedLease, LeaseEnd, LeasesAnswer, LeaseStatus } from "../wire/leases.ts";
import { type KeptLeases, LeaseFile, wallTime } from "./lease_file.ts";
import { inUse } from "./lease_refusal.ts";
import { factsOf, statusOf } from "./lease_status.ts";
import { type Lease, type LeaseOrder, LeaseTable, type WaitingOrder } from "./lease_table.ts";
import { type LeasedBench, LeasedDevices } from "./leased_devices.ts";

/** The orders that may wait at a time. */
export const MAX_WAITING_LEASES = 100;

/** Renewals within this time are kept by one write: a lease that loses the last of them by a crash ends earlier. */
const RENEWALS_MS = 1_000;

const logger = getLogger(["labdaemon", "leases"]);

/** An order that waits, and the one who waits for it. */
interface Waiter {
  granted(lease: Lease): void;
  refused(error: LabError): void;
}

/** The leases of a bench: grants, renewals and ends, and what they do to its devices. */
export class Leases {
  readonly #bench: LeasedBench;
  readonly #devices: LeasedDevices;
  readonly #file: LeaseFile | undefined;
  readonly #table: LeaseTable;
  readonly #waiters = new Map<WaitingOrder, Waiter>();
  /** The tokens of leases that are being granted, by their hashes. */
  readonly #tokens = new Map<string, string>();
  readonly #endings = new Map<Lease, Promise<SafeOutcome[]>>();
  readonly #listeners = new Set<(lease: LeaseStatus, how: LeaseEnd, reason: string) => void>();
  readonly #stopListening: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The time that the timer is set to. */
  #armedMs = Infinity;
  #renewed: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** Leases that are not kept when the daemon ends, unless there is a file. */
  constructor(bench: LeasedBench, file?: LeaseFile, kept: KeptLeases = { fence: 0, leases: [] }) {
    this.#bench = bench;
    this.#devices = new LeasedDevices(bench, () => this.#table);
    this.#file = file;
    const identify = () => {
      const token = newSecret();
      const tokenHash = hashOf(token);
      this.#tokens.set(tokenHash, token);
      return { id: newLeaseId(), tokenHash };
    };
    this.#table = new LeaseTable(identify, {
      granted: (lease, waited) => this.#granted(lease, waited),
      ended: (lease) => this.#ended(lease),
      gaveUp: (order) => this.#waiters.get(order)?.refused(inUse(this.#table, "Cannot lease", order.devices)),
    }, kept);
    for (const lease of kept.leases) this.#devices.mark(lease);
    this.#stopListening = bench.listen({ added: ({ id }) => this.#devices.markDevice(id) });
    this.#advance();
  }

  /**
   * The leases in a data folder go on, each with the time that it has left. One whose time is over ends now. A file that cannot
   * be used is in the log, and none goes on: the daemon serves its bench nevertheless.
   */
  static async open(bench: LeasedBench, folder: string): Promise<Leases> {
    const file = new LeaseFile(folder);
    const kept = await file.read().catch((error) => {
      logger.error("{error}; no lease goes on", { error: messageOf(error) });
      return undefined;
    });
    return new Leases(bench, file, kept);
  }

  /** The number of grants and ends so far: a command that was allowed at a lower one may be of an earlier owner. */
  get fence(): number {
    return this.#table.fence;
  }

  /** All leases, and the orders that wait. */
  list(): LeasesAnswer {
    this.#advance();
    const queue = this.#table.queue.map(({ owner, purpose, devices, sinceMs }) => (
      { owner, purpose, devices: [...devices], since: wallTime(sinceMs) }
    ));
    return { leases: this.#table.leases.map(statusOf), queue };
  }

  /**
   * Leases all of some devices.
   *
   * @param waitMs The time that it may wait for them.
   * @param signal Aborts when the one who waits is gone.
   * @throws {LabError} `DeviceNotFound`; `DeviceInUse`, if one is leased by another; `Unavailable`, if too many wait, or if the
   * lease cannot be kept.
   */
  async acquire(order: LeaseOrder, waitMs = 0, signal?: AbortSignal): Promise<GrantedLease> {
    for (const id of order.devices) this.#bench.getDevice(id);
    if (this.#isClosed) throw closed();
    const lease = this.#table.acquire(order, performance.now()) ?? await this.#wait(order, waitMs, signal);
    this.#arm();
    const token = this.#tokens.get(lease.tokenHash)!;
    this.#tokens.delete(lease.tokenHash);
    try {
      signal?.throwIfAborted();
      await this.#keep();
    } catch (error) {
      if (!lease.end) this.#end(lease, "released", "it could not be given to the one who asked");
      throw error;
    }
    return { ...statusOf(lease), token };
  }

  /**
   * Puts off the end of a lease.
   *
   * @throws {LabError} `LeaseNotFound`, or `Forbidden` without its token.
   */
  renew(id: string, tokens: readonly string[], ttlMs?: number): LeaseStatus {
    const lease = this.#owned(id, tokens);
    this.#table.renew(lease, performance.now(), ttlMs);
    this.#arm();
    this.#renewed ??= setTimeout(() => {
      this.#renewed = undefined;
      this.#keep().catch(logFailure);
    }, RENEWALS_MS);
    return statusOf(lease);
  }

  /** Ends a lease: its devices are free, and stay as they are. Throws as {@linkcode renew} does. */
  async release(id: string, tokens: readonly string[]): Promise<void> {
    this.#end(this.#owned(id, tokens), "released", "its owner released it");
    await this.#keep().catch(logFailure);
  }

  /**
   * Ends another one's lease. Resolves when its devices were made safe.
   *
   * @throws {LabError} `LeaseNotFound`.
   */
  async break(id: string, reason: string): Promise<SafeOutcome[]> {
    const lease = this.#find(id);
    this.#end(lease, "broken", reason);
    const outcomes = await this.#endings.get(lease)!;
    await this.#keep().catch(logFailure);
    return outcomes;
  }

  /** Ends a lease when the returned function is called: its owner's connection has ended. Throws as {@linkcode renew} does. */
  bind(id: string, tokens: readonly string[]): () => void {
    const lease = this.#owned(id, tokens);
    return () => {
      if (!lease.end && !this.#isClosed) this.#end(lease, "disconnected", "its owner's connection has ended");
    };
  }

  /** The devices of a lease. Throws as {@linkcode break} does. */
  devicesOf(id: string): readonly string[] {
    return this.#find(id).devices;
  }

  /** The ids of the leases of tokens that are in force. */
  idsOf(tokens: readonly string[]): string[] {
    const hashes = tokens.map(hashOf);
    return this.#table.leases.filter(({ tokenHash, end }) => !end && hashes.includes(tokenHash)).map(({ id }) => id);
  }

  /**
   * Allows a command to some devices.
   *
   * @param attempt The beginning of the error's message.
   * @param tokens Those of the leases that the one who asks has.
   * @throws {LabError} `LeaseEnded` for a token that is not in force; `DeviceInUse` for a device that another one has leased, or
   * that is being made safe; `LeaseRequired`.
   */
  assertAllowed(attempt: string, deviceIds: readonly string[], tokens: readonly string[]): void {
    this.#advance();
    const hashes = tokens.map(hashOf);
    const active = this.#table.leases.filter(({ end }) => !end);
    if (hashes.some((hash) => active.every(({ tokenHash }) => tokenHash !== hash))) {
      throw new LabError("LeaseEnded", `${attempt}: the lease of this X-Lease has ended; nothing was done`);
    }
    for (const id of deviceIds) {
      const holder = this.#table.holder(id);
      if (holder && (holder.end || !hashes.includes(holder.tokenHash))) throw inUse(this.#table, attempt, [id]);
      if (holder || !this.#bench.devices().find((device) => device.id === id)?.leaseRequired) continue;
      const found = `"${id}" needs a lease; POST /leases, then send its token as X-Lease`;
      throw new LabError("LeaseRequired", `${attempt}: ${found}`, { context: { device_id: id } });
    }
  }

  /** Calls `listener` when a lease has ended, until the returned function is called. */
  listen(listener: (lease: LeaseStatus, how: LeaseEnd, reason: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the timers, and those who wait. The leases are kept. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#renewed);
    this.#stopListening();
    for (const waiter of this.#waiters.values()) waiter.refused(closed());
    await this.#keep().catch(logFailure);
  }

  async #wait(order: LeaseOrder, waitMs: number, signal?: AbortSignal): Promise<Lease> {
    const attempt = `Cannot lease ${order.devices.map((id) => `"${id}"`).join(", ")}`;
    if (waitMs <= 0) throw inUse(this.#table, attempt, order.devices);
    if (this.#waiters.size >= MAX_WAITING_LEASES) {
      throw new LabError("Unavailable", `${attempt}: ${MAX_WAITING_LEASES} orders wait already`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const nowMs = performance.now();
    const waiting = this.#table.wait(order, nowMs, nowMs + waitMs);
    this.#waiters.set(waiting, { granted: resolve, refused: reject });
    this.#arm();
    const leave = () => reject(new LabError("Unavailable", `${attempt}: the one who waited is gone`));
    signal?.addEventListener("abort", leave);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
      this.#waiters.delete(waiting);
      this.#table.withdraw(waiting, performance.now());
    }
  }

  #granted(lease: Lease, waited?: WaitingOrder): void {
    this.#devices.mark(lease);
    this.#devices.report(lease, "granted");
    const devices = lease.devices.join(", ");
    logger.info("{owner} leases {devices}: {purpose}", { ...factsOf(lease), devices });
    if (waited) this.#waiters.get(waited)?.granted(lease);
  }

  #end(lease: Lease, how: LeaseEnd, reason: string): void {
    this.#table.end(lease, how, reason, performance.now());
    this.#arm();
  }

  /** The old owner is refused from here on, by the driver too; then the devices are made safe, then they are free. */
  #ended(lease: Lease): void {
    const { how, reason } = lease.end!;
    const devices = lease.devices.join(", ");
    logger.info("the lease of {devices} by {owner} has ended ({how}): {reason}", {
      ...{ ...factsOf(lease), devices, how, reason },
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
      this.#arm();
      this.#devices.mark(lease);
      this.#keep().catch(logFailure);
    });
  }

  /** What is over ends, also if its timer is late. */
  #advance(): void {
    this.#table.advance(performance.now());
    this.#arm();
  }

  #arm(): void {
    const { nextMs } = this.#table;
    if (nextMs === this.#armedMs || this.#isClosed) return;
    this.#armedMs = nextMs;
    clearTimeout(this.#timer);
    if (nextMs === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(nextMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#armedMs = Infinity;
      this.#advance();
    }, Math.min(MAX_DELAY_MS, waitMs));
  }

  async #keep(): Promise<void> {
    // A bench that was never leased needs no file.
    if (this.#table.fence > 0) {
      await this.#file?.write(() => ({ fence: this.#table.fence, leases: this.#table.leases }));
    }
  }

  #find(id: string): Lease {
    this.#advance();
    const lease = this.#table.get(id);
    if (lease && !lease.end) return lease;
    throw new LabError("LeaseNotFound", `Cannot find lease "${shortened(id)}": it never was, or it has ended`);
  }

  #owned(id: string, tokens: readonly string[]): Lease {
    const lease = this.#find(id);
    if (tokens.some((token) => hashOf(token) === lease.tokenHash)) return lease;
    throw new LabError("Forbidden", `Cannot use lease "${id}": send its token as X-Lease`);
  }
}

function closed(): LabError {
  return new LabError("Unavailable", "Cannot lease: the daemon ends");
}

function logFailure(error: unknown): void {
  logger.error("{error}; the leases of now are lost if the daemon ends", { error: messageOf(error) });
}

/** 50 random bits in base 32. */
function newLeaseId(): string {
  return Array.from(randomBytes(10), (byte) => (byte % 32).toString(32)).join("");
}
