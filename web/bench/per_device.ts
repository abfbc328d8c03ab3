import { effect, type Signal, signal } from "@preact/signals";
import { devices } from "./bench.ts";

/**
 * A value for each device. It outlives the views that show it, and is dropped with its device: a later device of the
 * same name starts with the initial value.
 */
export function perDevice<T>(initial: T): (id: string) => Signal<T> {
  const all = new Map<string, Signal<T>>();
  effect(() => {
    const there = new Set(devices.value?.map(({ device_id }) => device_id));
    for (const id of all.keys()) {
      if (!there.has(id)) all.delete(id);
    }
  });
  return (id) => {
    let one = all.get(id);
    if (!one) all.set(id, one = signal(initial));
    return one;
  };
}
