import { type LabError, messageOf } from "../../errors.ts";
import { connectionError, typeNamed } from "./connection_error.ts";

/**
 * The end of a connection. A connection is **closed** by its user, or because it broke. A connection has **failed** if
 * its bytes can no longer be trusted: it counts as lost, and still sends.
 */
export class ByteConnectionEnd {
  /** Resolves with the reason when the connection is lost. Pending as long as it is open, and after its user has closed it. */
  readonly lost: Promise<LabError>;
  /** True once the user has closed the connection. */
  isReleased = false;
  readonly #peer: string;
  readonly #resolveLost: (reason: LabError) => void;
  #closed: Error | undefined;
  #failed: Error | undefined;

  constructor(peer: string) {
    this.#peer = peer;
    ({ promise: this.lost, resolve: this.#resolveLost } = Promise.withResolvers<LabError>());
  }

  /** False once the connection is closed, lost or failed. */
  get isOpen(): boolean {
    return this.#closed === undefined && this.#failed === undefined;
  }

  /** The reason why the connection is closed; `undefined` while it is open. */
  get closed(): Error | undefined {
    return this.#closed;
  }

  /** See {@linkcode ByteConnection.assertOpen}. */
  assertOpen(attempt?: string): void {
    assertNo(this.#closed ?? this.#failed, attempt);
  }

  /** See {@linkcode ByteConnection.assertSends}. */
  assertSends(attempt?: string): void {
    assertNo(this.#closed, attempt);
  }

  /** @returns false if it has ended or failed before. */
  fail(reason: Error): boolean {
    if (!this.isOpen) return false;
    this.#failed = reason;
    this.#report(reason);
    return true;
  }

  /** Closes the connection on behalf of its user. Returns false if it was closed before. */
  release(): boolean {
    this.isReleased = true;
    return this.#close(new Error("it was closed"));
  }

  /** Closes a connection that broke. Returns false if it was closed before. */
  lose(cause: unknown): boolean {
    const reason = cause instanceof Error ? cause : new Error(String(cause));
    if (!this.#close(reason)) return false;
    this.#report(reason);
    return true;
  }

  #close(reason: Error): boolean {
    if (this.#closed) return false;
    this.#closed = reason;
    return true;
  }

  #report(reason: Error): void {
    this.#resolveLost(connectionError(`The connection to ${this.#peer} is lost`, reason));
  }
}

function assertNo(reason: Error | undefined, attempt?: string): void {
  if (!reason) return;
  if (attempt === undefined) throw reason;
  throw connectionError(attempt, new Error(messageOf(reason), { cause: reason }), typeNamed(reason.name));
}
