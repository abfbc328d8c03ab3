import { z } from "zod";
import type { LabErrorCode } from "../../wire/error_codes.ts";
import { propertyStatusSchema, propertyValueSchema, setPropertyRequestSchema } from "../../wire/properties.ts";
import {
  restoreAnswerSchema,
  restoreRecordingRequestSchema,
  restoreRequestSchema,
  snapshotSchema,
} from "../../wire/snapshot.ts";
import type { Operation } from "./operation.ts";

/** The errors of one access to a property. */
const ACCESS_ERRORS: LabErrorCode[] = [
  ...["PropertyNotFound", "DeviceNotConnected", "DeviceDisabled"] as const,
  ...["DriverError", "DeviceTimeout", "DeviceFaulted"] as const,
];

/** The routes of properties, and of the snapshots that hold them. */
export const PROPERTY_OPERATIONS: Record<string, Operation> = {
  "GET /devices/{device_id}/properties": {
    id: "listProperties",
    summary: "the properties of a device, with their values",
    description: "Each is read from the instrument, one after the other. One that cannot be read has its last known " +
      "value, and the error.",
    answer: {
      description: "Its properties, in their declared order",
      body: z.object({ properties: z.array(propertyStatusSchema) }).meta({ id: "Properties" }),
    },
  },
  "GET /devices/{device_id}/properties/{name}": {
    id: "getProperty",
    summary: "read a property",
    description: "Of a property that can only be set, the last set value is all that is known.",
    answer: { description: "Its value", body: propertyValueSchema },
    errors: ACCESS_ERRORS,
  },
  "PUT /devices/{device_id}/properties/{name}": {
    id: "setProperty",
    summary: "set a property, and read it back",
    description:
      "Sets and methods of one device run one at a time, in order. A value that does not fit is refused, and " +
      "the driver is not called.",
    body: setPropertyRequestSchema,
    isCommand: true,
    answer: { description: "The value that the instrument has now", body: propertyValueSchema },
    errors: ["PropertyReadOnly", ...ACCESS_ERRORS],
  },
  "GET /snapshot": {
    id: "takeSnapshot",
    summary: "the properties of all devices",
    description: "The properties are read from the instruments, of all devices at the same time.",
    answer: { description: "The state of the bench", body: snapshotSchema },
  },
  "POST /restore": {
    id: "restore",
    summary: "set the properties of a snapshot, or of a time of a recording, that differ",
    description:
      "Device by device as listed, the properties of a device in the order in which its driver declares them. " +
      "With `dry_run`, it sets nothing. The snapshot may be a part of one. Of a recording, the values are those that the " +
      "instruments had said last at that time.",
    body: z.union([restoreRequestSchema, restoreRecordingRequestSchema]),
    isCommand: true,
    answer: { description: "What has changed, and what could not", body: restoreAnswerSchema },
    errors: ["RecordingNotFound", "Unavailable"],
  },
};
