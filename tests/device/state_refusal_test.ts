import { equal } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { stateRefusal } from "../../lib/device/supervisor/state_refusal.ts";

type Refused = Parameters<typeof stateRefusal>[1];

Deno.test("a refusal names the state, or that the device reconnects while its old connection is closed", () => {
  const lastError = new LabError("DeviceTimeout", "no answer");
  for (
    const [disabled, connected, state, code, text] of [
      [false, true, "streaming", "DeviceNotConnected", "it is reconnecting"],
      [false, true, "connected", "DeviceNotConnected", "it is reconnecting"],
      [false, true, "connecting", "DeviceNotConnected", "it is connecting"],
      [false, true, "retrying", "DeviceNotConnected", "it is retrying (no answer)"],
      [false, false, "connected", "DeviceNotConnected", "it is disconnected"],
      [false, true, "faulted", "DeviceFaulted", "it is faulted (no answer); connect it to try again"],
      [true, true, "disconnected", "DeviceDisabled", "it is disabled; enable it first"],
    ] as const
  ) {
    const failed = text.includes("no answer");
    const actual = { state, lastError: failed ? lastError : undefined };
    const device = { id: "daq1", desired: { disabled, connected }, actual } as unknown as Refused;
    const error = stateRefusal('Cannot call "x" on "daq1"', device);
    equal(error.code, code);
    equal(error.message, `Cannot call "x" on "daq1": ${text}`);
  }
});
