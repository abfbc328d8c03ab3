import { z } from "zod";
import type { AlarmStatus } from "../../wire/alarms.ts";
import type { AnnouncedDevice } from "./known_bench.ts";

const leaseSchema = z.looseObject({ owner: z.string(), purpose: z.string(), since: z.string(), state: z.string() });

const textSchema = z.string().catch("");

const deviceSchema = z.looseObject({
  ...{ device_type: textSchema, state: textSchema, epoch: textSchema },
  lease: leaseSchema.nullable().catch(null),
});

const alarmsSchema = z.array(z.looseObject({ device_id: z.string(), name: z.string(), state: z.string() }));

/**
 * The status of a device as its bench has announced it, with the hub's id of the device.
 *
 * @throws {z.ZodError} if the value is no status at all. So a bench in the wrong hands does not stop the view of the
 * others.
 */
export function readDevice(value: unknown, deviceId: string): AnnouncedDevice {
  return { ...deviceSchema.parse(value), device_id: deviceId };
}

/** @throws {z.ZodError} as {@linkcode readDevice} does. */
export function readAlarms(value: unknown): readonly AlarmStatus[] {
  return alarmsSchema.parse(value) as unknown as AlarmStatus[];
}
