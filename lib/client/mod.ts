/**
 * For programs elsewhere: control the daemon with {@linkcode ServerAPI} and follow its devices with {@linkcode SSEClient}.
 * Uses web standards only, so it works in Deno, Node and browsers.
 *
 * @module
 */
export type { DeviceIds, DeviceStreamOptions } from "./device_events.ts";
export * from "./server_api.ts";
export { type Fetch, ServerAPIError, type ServerAPIErrorOptions, ServerConnectionError } from "./server_error.ts";
export * from "./sse_client.ts";
export type { Envelope, StreamEvent } from "./stream_event.ts";
