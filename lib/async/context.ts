import type { AsyncLocalStorage } from "node:async_hooks";

/**
 * A value that belongs to a run of a function and to everything that the function starts. Node's module for such values
 * takes 6 ms of CPU and 1 MB. A process of one device does not need it, so the module is loaded with the first context.
 */
export function asyncContext<T>(): AsyncLocalStorage<T> {
  // deno-lint-ignore no-process-global
  const hooks = process.getBuiltinModule("node:async_hooks");
  return new hooks.AsyncLocalStorage<T>();
}
