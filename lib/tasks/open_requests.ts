import { LabError } from "../errors.ts";

/** The limits of a task's open requests, in number and in bytes: a task sends some dozens, and then waits. */
const MAX_REQUESTS = 2_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The requests of a task's process that the daemon has not answered. */
export class OpenRequests {
  readonly #bytes = new Map<unknown, number>();
  #total = 0;

  /**
   * Adds a request.
   *
   * @throws {LabError} `DriverError` of type `TaskCrashed`, if there are too many, or one with this number.
   */
  add(id: unknown, bytes: number): void {
    const isTwice = this.#bytes.has(id);
    this.#bytes.set(id, bytes);
    this.#total += bytes;
    if (!isTwice && this.#bytes.size <= MAX_REQUESTS && this.#total <= MAX_BYTES) return;
    const found = isTwice ? "two with one number" : `more than ${MAX_REQUESTS}, or more than ${MAX_BYTES >> 20} MiB`;
    throw new LabError("DriverError", `The task asks for too much at a time: ${found}`, { type: "TaskCrashed" });
  }

  /** A request is answered. */
  remove(id: unknown): void {
    this.#total -= this.#bytes.get(id) ?? 0;
    this.#bytes.delete(id);
  }
}
