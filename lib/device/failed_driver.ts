import type { LabError } from "../errors.ts";
import type { DriverSource } from "./driver_source.ts";

/**
 * Stands where a driver should be that could not be used, so that its device is there to see: whoever connects it is
 * told why it cannot be.
 */
export class FailedDriver implements DriverSource {
  readonly description;
  readonly #error: LabError;

  constructor(name: string, error: LabError) {
    this.description = { name, summary: "", params: {}, options: {}, sample: null, methods: [], permissions: null };
    this.#error = error;
  }

  checkParams(params: unknown) {
    return Promise.resolve({ params: params as Record<string, unknown>, permissions: {} });
  }

  checkOptions(options: unknown) {
    return Promise.resolve(options as Record<string, unknown>);
  }

  open() {
    return Promise.reject(this.#error);
  }

  close() {
    return Promise.resolve();
  }
}
