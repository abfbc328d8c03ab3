/** The names of a hub: subjects, streams, keys. */

/** The bucket of the benches' announcements. */
export const BUCKET = "lab";

/** The subject of a device's frames. */
export function dataSubject(bench: string, deviceId: string): string {
  return `lab.${bench}.${subjectToken(deviceId)}.data`;
}

/** The subject of requests to a bench. */
export function requestSubject(bench: string): string {
  return `lab.${bench}.request`;
}

/** The subject of a stream that someone reads now. */
export function liveSubject(bench: string, id: string): string {
  return `lab.${bench}.live.${id}`;
}

/** The subject of the heartbeats of a bench whose hub has no room: no stream keeps them. */
export function heartbeatSubject(bench: string): string {
  return `lab.${bench}.heartbeat`;
}

/** The stream that keeps the frames of a bench. */
export function streamName(bench: string): string {
  return `lab-${bench}`;
}

/** The subjects of that stream. */
export function streamSubjects(bench: string): string[] {
  return [`lab.${bench}.*.data`, auditSubject(bench)];
}

/** The subject of a bench's audit log. */
export function auditSubject(bench: string): string {
  return `lab.${bench}.audit`;
}

/**
 * The prefix of a bench's requests to JetStream, if the bench has an account of its own: under it,
 * the account of the hub offers the part of its JetStream that the bench may use.
 */
export function apiPrefix(bench: string): string {
  return `lab.${bench}.api`;
}

/** The key of a bench, or of a thing of it, in the bucket. */
export function keyOf(bench: string, kind: "bench" | "devices" | "drivers" | "alarms", name?: string): string {
  return name === undefined ? `${bench}.${kind}` : `${bench}.${kind}.${subjectToken(name)}`;
}

/** A name as one token of a subject: letters, digits, `_` and `-`, and everything else as `=` and two hexadecimal digits a byte. */
export function subjectToken(name: string): string {
  const bytes = new TextEncoder().encode(name);
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** The name that {@linkcode subjectToken} has written. */
export function untoken(text: string): string {
  const bytes = text.replace(/=([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}
