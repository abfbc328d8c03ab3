import { type LabError, messageOf } from "../../errors.ts";
import { connectionError, typeNamed } from "./connection_error.ts";

/**
 * The end of a connection. It is **closed** by its user, or because it broke. One that has **failed** counts as lost, because
 * what arrives can no longer be trusted, and still sends.
 */
export class ByteConnectionEnd {
  /** Resolves with the reason when the connection is lost. Pending as long as it is open, and after its user has closed it. */
  readonly lost: Promise<LabError>;
  /** True once its user has closed it. */
  isReleased = false;
  readonly #peer: string;
  readonly #resolveLost: (reason: LabError) => void;
  #closed: Error | undefined;
  #failed: Error | undefined;

  constructor(peer: string) {
    this.#peer = peer;
    ({ promise: this.lost, resolve: this.#resolveLost } = Promise.withResolvers<LabError>());
  }

  /** False once it is closed, lost or failed. */
  get isOpen(): boolean {
    return this.#closed === undefined && this.#failed === undefined;
  }

  /** The reason why it is closed, once it is. */
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

  /** Its user closes it. @returns false if it was closed before. */
  release(): boolean {
    this.isReleased = true;
    return this.#close(new Error("it was closed"));
  }

  /** It breaks. @returns false if it was closed before. */
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
