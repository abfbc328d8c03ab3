import { bytesOfLatin1, latin1 } from "../format/encodings.ts";
import type { TranscriptEntry } from "../host/protocol/protocol.ts";
import { type Plan, textWithoutSecrets } from "../registry/plan.ts";
import { eventFrame } from "../stream/mod.ts";

/**
 * The `transcript` event of bytes in one direction: `text` if they are UTF-8, else `base64`. The secrets of the params
 * are masked.
 */
export function transcriptFrame(deviceId: string, plan: Plan, entry: TranscriptEntry): Uint8Array {
  const { at, direction, base64, lost } = entry;
  const bytes = Uint8Array.fromBase64(base64);
  const text = textOf(bytes);
  const content = text === undefined
    ? { base64: bytesOfLatin1(textWithoutSecrets(plan, latin1(bytes))).toBase64() }
    : { text: textWithoutSecrets(plan, text) };
  return eventFrame("transcript", {
    device_id: deviceId,
    timestamp: at,
    direction,
    ...direction !== "opened" && content,
    ...lost !== undefined && { lost },
  });
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
