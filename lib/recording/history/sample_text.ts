/**
 * The parts of a sample that a history takes out of its text, without parsing it.
 *
 * @module
 */

const SEQUENCE = '"sequence":';

/** The number of a sample. */
export function sequenceOf(data: string): number {
  const start = data.indexOf(SEQUENCE) + SEQUENCE.length;
  return Number(data.slice(start, data.indexOf(",", start)));
}

const PAYLOAD = '"payload":';

/** The head of an array is shorter. */
const MAX_ARRAY_HEAD = 400;

/** An array as it stands in JSON, up to its base64. */
const ARRAY_HEAD = /^\{"dtype":"\w+","shape":\[[\d,]*\],"base64":"/;

/** True for an event without `dt` whose payload is one array: its numbers have no times of their own. */
export function isLoneArray(data: string): boolean {
  const start = data.indexOf(PAYLOAD) + PAYLOAD.length;
  const head = ARRAY_HEAD.exec(data.slice(start, start + MAX_ARRAY_HEAD))?.[0];
  if (!head || data.lastIndexOf('"dt":', start) >= 0) return false;
  return data.indexOf('"', start + head.length) === data.length - '"}}'.length;
}

/** The payload, if it is a number and the last value of the event. */
export function numberOf(data: string): number | undefined {
  const text = data.slice(data.indexOf(PAYLOAD) + PAYLOAD.length, -1);
  const value = /^-?\d/.test(text) ? Number(text) : NaN;
  return Number.isNaN(value) ? undefined : value;
}
