import type { GrantedLease, LeaseStatus } from "../wire/leases.ts";
import type { Requests } from "./requests.ts";
import { ServerAPIError, ServerConnectionError } from "./server_error.ts";

/** The options of {@linkcode ServerAPI.lease}. */
export interface LeaseOptions {
  /** The purpose, for people who find the devices in use. */
  purpose?: string;
  /**
   * The time in seconds that the lease holds when this program no longer renews it.
   *
   * @default {30}
   */
  ttl?: number;
  /** The time to wait until all devices are free, in seconds; without it, a device in use is refused at once. */
  wait?: number;
}

/**
 * A lease of devices, which is renewed until it is released. The commands of its `ServerAPI` are sent under it. A lease
 * can be lost: the program was suspended, or an administrator broke the lease. Commands are then refused with
 * `LeaseEnded` until it is released.
 */
export class Lease implements AsyncDisposable {
  /** The id of the lease. */
  readonly id: string;
  /** The devices that only this program may command. */
  readonly devices: readonly string[];
  /** For the header `X-Lease` of requests of other programs. */
  readonly token: string;
  /** Greater than that of every lease before. */
  readonly fence: number;
  readonly #requests: Requests;
  readonly #ttlMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLost = false;
  #isReleased = false;

  constructor(requests: Requests, { lease_id, devices, token, fence, ttl }: GrantedLease) {
    this.#requests = requests;
    this.id = lease_id;
    this.devices = devices;
    this.token = token;
    this.fence = fence;
    this.#ttlMs = ttl * 1000;
    requests.leases.add(token);
    this.#renewLater();
  }

  /** True once the daemon has reported its end. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Releases the lease: its devices are free, and stay as they are. Idempotent. Does nothing to a lost lease. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearTimeout(this.#timer);
    try {
      if (!this.#isLost) await leaseRequest(this.#requests, "DELETE", this.id, this.token);
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      this.#requests.leases.delete(this.token);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Renews after a third of the time: two attempts may fail. */
  #renewLater(): void {
    this.#timer = setTimeout(() => void this.#renew(), this.#ttlMs / 3);
  }

  async #renew(): Promise<void> {
    try {
      await leaseRequest(this.#requests, "PUT", this.id, this.token, {});
    } catch (error) {
      // Without an answer, the lease may still be valid.
      this.#isLost = !(error instanceof ServerConnectionError) && isGone(error);
    }
    if (!this.#isLost && !this.#isReleased) this.#renewLater();
  }
}

/** Renews or releases a lease. */
export async function leaseRequest(
  requests: Requests,
  method: "PUT" | "DELETE",
  id: string,
  token: string,
  body?: unknown,
): Promise<LeaseStatus> {
  const isAnswer = (json: unknown) => method === "DELETE" ? json === undefined : "lease_id" in Object(json);
  return await requests.send({ method, path: ["leases", id], body, lease: token, isAnswer }) as LeaseStatus;
}

function isGone(error: unknown): boolean {
  return error instanceof ServerAPIError && ["LeaseNotFound", "Forbidden", "Unauthorized"].includes(error.type);
}
