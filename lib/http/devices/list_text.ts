import { getLogger } from "@logtape/logtape";
import { timestamp } from "../../async/clock.ts";
import type { Device } from "../../device/device.ts";
import { LabError, messageOf } from "../../errors.ts";
import type { DeviceStatus } from "../../wire/device.ts";
import type { DriverStatus } from "../../wire/driver.ts";

const logger = getLogger(["labdaemon", "http"]);

/** A list as JSON text, made one by one: an item that cannot be shown is replaced by `instead` of it, and logged. */
export function listText<T>(
  key: string,
  items: readonly T[],
  show: (item: T) => unknown,
  instead: (item: T) => unknown,
) {
  const texts = items.map((item) => {
    try {
      return JSON.stringify(show(item));
    } catch (error) {
      logger.error(`One of the {key} cannot be shown: {error}`, { key, error: messageOf(error), cause: error });
      return JSON.stringify(instead(item));
    }
  });
  return `{${JSON.stringify(key)}:[${texts.join(",")}]}`;
}

const UNKNOWN = {
  ...{ connected: false, streaming: false, can_stream: null, streams: null, owned_by: null },
  ...{
    params: {},
    options: {},
    permissions: {},
    permissions_missing: {},
    can_make_safe: null,
    lease: null,
    lease_required: false,
    restarts: 0,
    retry_at: null,
    warnings: [],
    instrument_clock: null,
    disabled: false,
    shared_process: null,
    kept_in: null,
    process: null,
  },
};

/** The status of a device whose own cannot be shown. */
export function unreadableDevice({ id, state, log }: Device): DeviceStatus {
  const time = timestamp();
  const error = new LabError("InternalError", `Cannot show the status of "${id}"; the log says more`);
  return {
    ...UNKNOWN,
    device_id: id,
    device_type: "",
    state,
    last_error: error.toJSON(),
    state_since: time,
    stream: { ...log.status(), readers: 0 },
  };
}

/** The status of a driver whose own cannot be shown. */
export function unreadableDriver({ file }: DriverStatus): DriverStatus {
  const error = new LabError("InternalError", "Cannot show this driver; the log says more");
  return { name: null, file, status: "failed", error: error.toJSON() };
}
