import { getLogger } from "@logtape/logtape";
import { timestamp } from "../../async/clock.ts";
import type { DeviceWarning } from "../../wire/device.ts";

/** A driver can report anything: more kinds are dropped. */
const MAX_WARNINGS = 10;

/** The kinds that are remembered as logged. */
const MAX_LOGGED = 100;

const logger = getLogger(["labdaemon", "device"]);

/** The warnings about a driver that does something it does not declare. Each kind is logged once, until it is over. */
export class DeviceWarnings {
  readonly #id: string;
  readonly #warnings = new Map<string, DeviceWarning>();
  /** The messages that were logged, by type: a new connection does not log them again. */
  readonly #logged = new Map<string, string>();

  constructor(deviceId: string) {
    this.#id = deviceId;
  }

  list(): DeviceWarning[] {
    return [...this.#warnings.values()];
  }

  /** Adds a warning, or with `null` removes that of a type. */
  set(type: string, message: string | null): void {
    if (message === null) {
      this.#logged.delete(type);
      if (this.#warnings.delete(type)) {
        logger.info("{device_id}: {warning_type} is over", { device_id: this.#id, warning_type: type });
      }
      return;
    }
    if (this.#warnings.size >= MAX_WARNINGS && !this.#warnings.has(type)) return;
    const since = this.#warnings.get(type)?.since ?? timestamp();
    this.#warnings.set(type, { type, message, since, context: { device_id: this.#id } });
    // Messages that differ only in numbers count as the same.
    const known = message.replaceAll(/\d[\d.,]*/g, "0");
    if (this.#logged.get(type) === known) return;
    // A driver can report other types on each connection.
    if (this.#logged.size >= MAX_LOGGED) this.#logged.clear();
    this.#logged.set(type, known);
    logger.warn("{device_id}: {warning}", { device_id: this.#id, warning_type: type, warning: message });
  }

  /** A new connection: its driver is looked at again. */
  clear(): void {
    this.#warnings.clear();
  }
}
