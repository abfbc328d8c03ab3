/** The header with the id of a request, by which it is found in the daemon's log; in requests and in all answers. */
export const REQUEST_ID = "X-Request-Id";

/** The header by which a reader that reconnects resumes its stream. */
export const LAST_EVENT_ID = "Last-Event-ID";

/** The header of every answer with the reading of the daemon's clock: `<epoch>-<milliseconds>`. It is never set. */
export const DAEMON_CLOCK = "X-Daemon-Clock";

/** The header of a command with the time of its asking, by the daemon's clock: {@linkcode DAEMON_CLOCK}. */
export const ASKED_AT = "X-Asked-At";

/** The header of a command with its validity, in seconds. */
export const VALID_FOR = "X-Valid-For";

/** The header of a command of a browser's session, with what `GET /session` answered. */
export const CSRF_TOKEN = "X-CSRF-Token";

/** The header of a command with the tokens of leases, separated by commas. */
export const LEASE = "X-Lease";
