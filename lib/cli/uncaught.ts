/** Codes of a connection that the other side has ended. */
const ENDED = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Reports errors that no code has caught, which would end the process, until it is disposed.
 *
 * One is left out: the client of NATS listens no more to a socket that it has closed, as after a key that the server does not
 * know, and the server may reset that.
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
