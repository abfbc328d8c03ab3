/// <reference lib="dom" />

/** The daemon's address as this page was reached, with the path below which a proxy serves it; without a slash at its end. */
export const DAEMON_URL: string = new URL(".", location.href).href.replace(/\/$/, "");
