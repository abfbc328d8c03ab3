import type { DeviceFunctions } from "../driver/mod.ts";
import { leaveByItself, type Timers } from "./probe_leaving.ts";
import type { SampleJudge } from "./probe_samples.ts";

/** A device as its driver made it. */
export type DeviceObject = DeviceFunctions<Record<string, unknown>, unknown>;

/**
 * The device with every sample looked at on its way, and a process that ends by itself when the device is disconnected. A
 * device that was never connected is not disconnected either: what its `create` has left shows.
 */
export function watchedDevice(device: DeviceObject, judge: SampleJudge, timers: Timers): DeviceObject {
  const { stream, startStreaming, stopStreaming, isStreaming, read } = device ?? {};
  let wasConnected = false;
  return {
    async connect(signal) {
      wasConnected = true;
      await device.connect?.(signal);
    },
    async disconnect(signal) {
      try {
        if (wasConnected) await device.disconnect?.(signal);
      } finally {
        leaveByItself(timers);
      }
    },
    ...(stream && {
      async *stream(signal: AbortSignal, options: Record<string, unknown>) {
        for await (const sample of device.stream!(signal, options)) {
          judge.look(sample);
          yield sample;
        }
      },
    }),
    ...(startStreaming && {
      startStreaming: (callback: (sample: unknown) => void, options: Record<string, unknown>) =>
        device.startStreaming!((sample) => {
          judge.look(sample);
          callback(sample);
        }, options),
    }),
    ...(stopStreaming && { stopStreaming: (timeout: number) => device.stopStreaming!(timeout) }),
    ...(isStreaming && { isStreaming: () => device.isStreaming!() }),
    ...(read && {
      async read(signal: AbortSignal) {
        const sample = await device.read!(signal);
        judge.look(sample);
        return sample;
      },
    }),
  };
}
