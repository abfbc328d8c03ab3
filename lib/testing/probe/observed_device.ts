import type { DeviceObject } from "../../host/runtime/stream_run.ts";
import { exitNaturally, type Timers } from "./natural_exit.ts";
import type { SampleChecker } from "./sample_checker.ts";

/**
 * The device with a check of every sample. After `disconnect` its process ends by itself. A device that was not connected
 * is not disconnected, so that resources opened by `create` stay visible.
 */
export function observedDevice(device: DeviceObject, checker: SampleChecker, timers: Timers): DeviceObject {
  const { safe, stream, startStreaming, stopStreaming, isStreaming, read } = device ?? {};
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
        exitNaturally(timers);
      }
    },
    ...(safe && { safe: (reason: string, signal: AbortSignal) => device.safe!(reason, signal) }),
    ...(stream && {
      async *stream(signal: AbortSignal, options: Record<string, unknown>) {
        for await (const sample of device.stream!(signal, options)) {
          checker.check(sample);
          yield sample;
        }
      },
    }),
    ...(startStreaming && {
      startStreaming: (callback: (sample: unknown) => void, options: Record<string, unknown>) =>
        device.startStreaming!((sample) => {
          checker.check(sample);
          callback(sample);
        }, options),
    }),
    ...(stopStreaming && { stopStreaming: (timeoutMs: number) => device.stopStreaming!(timeoutMs) }),
    ...(isStreaming && { isStreaming: () => device.isStreaming!() }),
    ...(read && {
      async read(signal: AbortSignal) {
        const sample = await device.read!(signal);
        checker.check(sample);
        return sample;
      },
    }),
  };
}
