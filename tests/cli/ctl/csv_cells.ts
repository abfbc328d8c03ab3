import type { ReceivedEvent } from "../../../lib/client/mod.ts";

/** Payloads that need care in CSV, each with its cell. */
export const ODD: [what: string, payload: unknown, cell: string][] = [
  ["a missing number", null, ""],
  ["an empty text", "", '""'],
  ["a comma", "a,b", '"a,b"'],
  ["a quote", 'say "hi"', '"say ""hi"""'],
  ["a line end", "a\nb\r\n", '"a\nb\r\n"'],
  ["a waveform", [0.5, null, -1], '"[0.5,null,-1]"'],
  ["an empty list", [], "[]"],
  [
    "a packed array",
    { dtype: "uint8", shape: [1], base64: "AA==" },
    '"{""dtype"":""uint8"",""shape"":[1],""base64"":""AA==""}"',
  ],
  ["a truth", false, "false"],
  ["a letter beyond ASCII", "Ω𝄞", "Ω𝄞"],
];

/** A sample of "daq1". */
export function sample(sequence: number, payload: unknown): ReceivedEvent {
  const data = {
    event: "device_data" as const,
    device_id: "daq1",
    sequence,
    timestamp: "2026-11-22T06:00:00Z",
    payload,
  };
  return { ...data, id: `k3f9-${sequence}`, data };
}
