import { MAX_DELAY_MS } from "../async/mod.ts";
import type { SomeSettings } from "../device/supervisor/settings.ts";
import { DEFAULT_RESTART } from "../device/supervisor/settings.ts";
import { LabError } from "../errors.ts";
import { parseDuration } from "../format/duration.ts";
import type { NewDeviceSettings } from "../wire/settings.ts";

/**
 * The settings of a new device, from the body of a request.
 *
 * @throws {LabError} `InvalidRequest` for a duration that is zero or too long, an `initial_delay` above `max_delay`, or
 * a process beside a bus.
 */
export function settingsOf(
  { limits, restart, ring, safe_on_shutdown, ...rest }: NewDeviceSettings,
): SomeSettings & { bus?: string; process?: string } {
  if (rest.bus !== undefined && rest.process !== undefined) {
    throw refused("process", "no process for a device with a bus, which has one");
  }
  const settings = {
    ...rest,
    safeOnShutdown: safe_on_shutdown,
    limits: limits && defined({
      connectMs: duration("limits.connect", limits.connect),
      callMs: duration("limits.call", limits.call),
      stopMs: duration("limits.stop", limits.stop),
      heartbeatTimeoutMs: duration("limits.heartbeat_timeout", limits.heartbeat_timeout),
      sampleTimeoutMs: duration("limits.sample_timeout", limits.sample_timeout),
    }),
    restart: restart && defined({
      maxRestarts: restart.max_restarts,
      windowMs: duration("restart.window", restart.window),
      initialDelayMs: duration("restart.initial_delay", restart.initial_delay),
      maxDelayMs: duration("restart.max_delay", restart.max_delay),
    }),
    ring: ring && defined({ maxBytes: ring.max_bytes, maxAgeMs: duration("ring.max_age", ring.max_age) }),
  };
  const { initialDelayMs, maxDelayMs } = { ...DEFAULT_RESTART, ...settings.restart };
  if (initialDelayMs > maxDelayMs) throw refused("restart.initial_delay", "at most restart.max_delay");
  return defined(settings);
}

function duration(path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms > 0 && ms <= MAX_DELAY_MS) return ms;
  throw refused(path, "a duration longer than zero and no longer than 596h");
}

function refused(path: string, expected: string): LabError {
  const message = `expected ${expected}`;
  return new LabError("InvalidRequest", `Cannot POST /devices: ${path}: ${message}`, {
    context: { issues: [{ path, message }] },
  });
}

/** Without the keys that have no value: they would replace defaults. */
function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
