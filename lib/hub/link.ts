import type { NatsConnection } from "@nats-io/transport-node";
import { abortable } from "../async/mod.ts";

/**
 * The state of a connection that its client opens again by itself. Messages that are sent while it is cut are lost, and
 * so are outstanding answers. To wait for the time limit of each would delay all later ones.
 */
export class Link {
  #cut = new AbortController();
  #joined = Promise.withResolvers<void>();

  constructor(nats: Pick<NatsConnection, "status">) {
    this.#joined.resolve();
    void this.#watch(nats);
  }

  /** Resolves when the connection is there, or the signal aborts. */
  async up(signal: AbortSignal): Promise<void> {
    await abortable(this.#joined.promise, signal).catch(() => {});
  }

  /** Settles as an answer does, or rejects when the connection is cut first. */
  within<T>(answer: Promise<T>): Promise<T> {
    return abortable(answer, this.#cut.signal);
  }

  async #watch(nats: Pick<NatsConnection, "status">): Promise<void> {
    for await (const { type } of nats.status()) {
      if (type === "disconnect" && !this.#cut.signal.aborted) {
        this.#joined = Promise.withResolvers();
        this.#cut.abort(new Error("the connection was cut"));
      } else if (type === "reconnect") {
        this.#cut = new AbortController();
        this.#joined.resolve();
      }
    }
  }
}
