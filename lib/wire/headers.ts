/** The header with the id of a request, by which it is found in the daemon's log; in requests and in all answers. */
export const REQUEST_ID = "X-Request-Id";

/** The header by which a reader that reconnects resumes its stream. */
export const LAST_EVENT_ID = "Last-Event-ID";
