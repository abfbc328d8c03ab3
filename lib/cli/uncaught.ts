/** Codes of a connection that the other side has ended. */
const ENDED = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Reports errors that no code has caught, which would end the process, until it is disposed.
 *
 * Resets of a connection are left out: the NATS client has no error handler on a socket that it has closed, as after an
 * unknown key, and the server may reset it.
 */
export function catchUncaught(report: (error: unknown) => void): Disposable {
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    report(event.reason);
  };
  const thrown = (event: ErrorEvent) => {
    event.preventDefault();
    if (!ENDED.has(Object(event.error).code)) report(event.error);
  };
  addEventListener("unhandledrejection", rejected);
  addEventListener("error", thrown);
  return {
    [Symbol.dispose]() {
      removeEventListener("unhandledrejection", rejected);
      removeEventListener("error", thrown);
    },
  };
}
