/** Events as WIRE.md spells them, of one device. */

const head = `"device_id":"daq1"`;
const time = `"timestamp":"2026-11-22T06:25:52.123456Z"`;

/** One sample. */
export function sample(sequence: number, payload: unknown): string {
  return `id: k3f9-${sequence}\nevent: device_data\ndata: {"event":"device_data",${head},"sequence":${sequence},${time},` +
    `"payload":${JSON.stringify(payload)}}\n\n`;
}

/** Samples that a reader will not get. */
export function gap(from: number, to: number): string {
  return `id: k3f9-${to}\nevent: gap\ndata: {"event":"gap",${head},${time},"from":${from},"to":${to},` +
    `"lost":${to - from + 1},"reason":"slow-reader"}\n\n`;
}

/** A change of state. */
export function state(): string {
  return `event: device_state\ndata: {"event":"device_state",${head},${time},"state":"streaming"}\n\n`;
}
