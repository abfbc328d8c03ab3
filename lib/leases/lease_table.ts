import type { LeaseEnd } from "../wire/leases.ts";

/** The lease that is asked for. All times are in milliseconds, by the clock of the caller. */
export interface LeaseOrder {
  readonly owner: string;
  readonly purpose: string;
  readonly devices: readonly string[];
  /** The time that the lease holds without being renewed. */
  readonly ttlMs: number;
}

/** A lease. After its end, a lease holds its devices until they are safe. */
export interface HeldLease extends LeaseOrder {
  readonly id: string;
  /** The hash of its token. */
  readonly tokenHash: string;
  /** Greater than that of every lease and every end before. */
  readonly fence: number;
  readonly sinceMs: number;
  ttlMs: number;
  /** The time at which the lease ends, unless it is renewed. */
  untilMs: number;
  /** The way in which it has ended. */
  end?: { how: LeaseEnd; reason: string };
}

/** An order that waits for its devices. */
export interface WaitingOrder extends LeaseOrder {
  readonly sinceMs: number;
  /** The time until which it waits. */
  readonly untilMs: number;
}

/** The changes of a table. */
export interface LeaseChanges {
  granted(lease: HeldLease, waited?: WaitingOrder): void;
  /** Called when a lease has ended. Unless it was released, its devices stay held until {@linkcode LeaseTable.free}. */
  ended(lease: HeldLease): void;
  /** An order has waited for as long as it may. */
  gaveUp(order: WaitingOrder): void;
}

/** Makes the id and the hash of the token of a new lease. */
export type Identify = () => Pick<HeldLease, "id" | "tokenHash">;

/**
 * All leases of a bench, and the orders that wait. An order gets all of its devices or none. Those that wait are served in
 * their order: none that came later gets a device that an earlier one waits for.
 *
 * The table has no timers and no effects: {@linkcode advance} ends expired leases.
 */
export class LeaseTable {
  readonly #leases = new Map<string, HeldLease>();
  /** The lease of each device that is held. */
  readonly #holders = new Map<string, HeldLease>();
  readonly #queue: WaitingOrder[] = [];
  readonly #changes: LeaseChanges;
  readonly #identify: Identify;
  #fence: number;

  /** @param kept Leases and the number of an earlier table. */
  constructor(identify: Identify, changes: LeaseChanges, kept: { fence: number; leases: readonly HeldLease[] }) {
    this.#identify = identify;
    this.#changes = changes;
    this.#fence = kept.fence;
    for (const lease of kept.leases) this.#hold(lease);
  }

  /** The number of grants and ends so far. It never decreases. */
  get fence(): number {
    return this.#fence;
  }

  get leases(): HeldLease[] {
    return [...this.#leases.values()];
  }

  get queue(): readonly WaitingOrder[] {
    return this.#queue;
  }

  /** The lease that holds a device, which may have ended. */
  holder(device: string): HeldLease | undefined {
    return this.#holders.get(device);
  }

  get(id: string): HeldLease | undefined {
    return this.#leases.get(id);
  }

  /** The next time at which {@linkcode advance} ends something; infinite without any. */
  get nextMs(): number {
    const active = this.leases.filter(({ end }) => !end);
    return Math.min(...active.map(({ untilMs }) => untilMs), ...this.#queue.map(({ untilMs }) => untilMs));
  }

  /** Grants a lease; `undefined` if a device is held, or an order waits for it. */
  acquire(order: LeaseOrder, nowMs: number): HeldLease | undefined {
    this.advance(nowMs);
    const isWaitedFor = this.#queue.some((waiting) => overlap(waiting, order));
    return isWaitedFor || !this.#isFree(order) ? undefined : this.#grant(order, nowMs);
  }

  /** Puts an order into the queue until `untilMs`. The next {@linkcode advance} grants it, if it can be granted. */
  wait(order: LeaseOrder, nowMs: number, untilMs: number): WaitingOrder {
    const waiting = { ...order, sinceMs: nowMs, untilMs };
    this.#queue.push(waiting);
    return waiting;
  }

  /** Takes an order out of the queue. */
  withdraw(order: WaitingOrder, nowMs: number): void {
    const place = this.#queue.indexOf(order);
    if (place >= 0) this.#queue.splice(place, 1);
    this.advance(nowMs);
  }

  /** Renews a lease that has not ended: it then ends `ttlMs` from now. */
  renew(lease: HeldLease, nowMs: number, ttlMs: number = lease.ttlMs): void {
    lease.ttlMs = ttlMs;
    lease.untilMs = nowMs + ttlMs;
  }

  /** Ends a lease that has not ended. */
  end(lease: HeldLease, how: LeaseEnd, reason: string, nowMs: number): void {
    lease.end = { how, reason };
    this.#fence++;
    if (how === "released") this.#release(lease);
    this.#changes.ended(lease);
    this.advance(nowMs);
  }

  /** The devices of a lease that has ended are safe: they are free. */
  free(lease: HeldLease, nowMs: number): void {
    this.#release(lease);
    this.advance(nowMs);
  }

  /** Ends the leases and orders that are over, then grants the possible ones. */
  advance(nowMs: number): void {
    for (const lease of this.leases) {
      if (lease.end || lease.untilMs > nowMs) continue;
      lease.end = { how: "expired", reason: "it was not renewed" };
      this.#fence++;
      this.#changes.ended(lease);
    }
    for (const order of this.#queue.filter(({ untilMs }) => untilMs <= nowMs)) {
      this.#queue.splice(this.#queue.indexOf(order), 1);
      this.#changes.gaveUp(order);
    }
    const earlier: WaitingOrder[] = [];
    for (const order of [...this.#queue]) {
      if (!this.#isFree(order) || earlier.some((it) => overlap(it, order))) {
        earlier.push(order);
        continue;
      }
      this.#queue.splice(this.#queue.indexOf(order), 1);
      this.#grant(order, nowMs, order);
    }
  }

  #grant({ owner, purpose, devices, ttlMs }: LeaseOrder, nowMs: number, waited?: WaitingOrder): HeldLease {
    const times = { ttlMs, sinceMs: nowMs, untilMs: nowMs + ttlMs };
    const lease = { ...this.#identify(), owner, purpose, devices, ...times, fence: ++this.#fence };
    this.#hold(lease);
    this.#changes.granted(lease, waited);
    return lease;
  }

  #hold(lease: HeldLease): void {
    this.#leases.set(lease.id, lease);
    for (const device of lease.devices) this.#holders.set(device, lease);
  }

  #release(lease: HeldLease): void {
    this.#leases.delete(lease.id);
    for (const device of lease.devices) this.#holders.delete(device);
  }

  #isFree({ devices }: LeaseOrder): boolean {
    return devices.every((device) => !this.#holders.has(device));
  }
}

function overlap(one: LeaseOrder, other: LeaseOrder): boolean {
  return one.devices.some((device) => other.devices.includes(device));
}
