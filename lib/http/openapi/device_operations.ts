import { z } from "zod";
import { deviceLogQuerySchema, deviceLogSchema } from "../../wire/requests.ts";
import { deviceStatusSchema } from "../../wire/device.ts";
import { methodDescriptionSchema } from "../../wire/driver.ts";
import type { LabErrorCode } from "../../wire/error_codes.ts";
import { errorReportSchema } from "../../wire/error_report.ts";
import {
  addDeviceRequestSchema,
  emptyRequestSchema,
  errorClearedSchema,
  optionsRequestSchema,
  safeAnswerSchema,
  safeRequestSchema,
  streamStoppedSchema,
} from "../../wire/requests.ts";
import type { Operation, OperationAnswer } from "./operation.ts";

const DEVICE: OperationAnswer = { description: "The device in its new state", body: deviceStatusSchema };

/** The errors of work that a driver does. */
const DRIVER_ERRORS: LabErrorCode[] = ["DriverError", "DeviceTimeout"];

/** `POST /devices/{device_id}/…` with an empty body, which answers the device. */
const command = (operation: Pick<Operation, "id" | "summary" | "description"> & Partial<Operation>): Operation => ({
  body: emptyRequestSchema,
  answer: DEVICE,
  ...operation,
  isCommand: true,
});

const SAFE =
  "Calls the `safe` function of the driver, as far as it has one; the answer is 200 also if that fails. It is no " +
  "safety function of a machine: it needs a driver, a process and a cable that work.";

/** The routes of `/devices`. */
export const DEVICE_OPERATIONS: Record<string, Operation> = {
  "GET /devices": {
    id: "listDevices",
    summary: "all devices",
    answer: {
      description: "In the order in which they were added",
      body: z.object({ devices: z.array(deviceStatusSchema) }).meta({ id: "Devices" }),
    },
  },
  "POST /devices": {
    id: "createDevice",
    summary: "create a device",
    description:
      "The new device is disconnected. Its params never change; its driver declares them. The other keys are " +
      "its settings, as in the bench file. With `keep` it is added again at each start of the daemon.",
    body: addDeviceRequestSchema,
    isCommand: true,
    answer: { status: 201, description: "The new device", body: deviceStatusSchema },
    errors: ["DeviceTypeNotFound", "DeviceExists", ...DRIVER_ERRORS, "Unavailable"],
  },
  "GET /devices/{device_id}": {
    id: "getDevice",
    summary: "one device",
    answer: { description: "The device", body: deviceStatusSchema },
  },
  "DELETE /devices/{device_id}": {
    id: "deleteDevice",
    summary: "stop, disconnect and remove a device",
    description: "One that is kept in the data folder is cleared there, too.",
    isCommand: true,
    answer: { status: 204, description: "The device is removed, and its streams have ended" },
    errors: ["Unavailable"],
  },
  "POST /devices/{device_id}/keep": command({
    id: "keepDevice",
    summary: "keep a device over restarts of the daemon",
    description:
      "Idempotent. Writes a device that was added by `POST /devices` into the daemon's data folder, as with its " +
      "`keep`. A device that is added at each start stays as it is; one that no request added is refused.",
    errors: ["Unavailable"],
  }),
  "POST /devices/{device_id}/connect": command({
    id: "connectDevice",
    summary: "connect a device, and keep it connected",
    description: "Idempotent. Answers after the first attempt; if it fails, the device keeps trying until it is " +
      "disconnected.",
    // `DeviceTypeNotFound`: a device of the bench file whose driver is missing.
    errors: ["DeviceNotConnected", "DeviceDisabled", ...DRIVER_ERRORS, "DeviceTypeNotFound"],
  }),
  "POST /devices/{device_id}/disconnect": command({
    id: "disconnectDevice",
    summary: "disconnect a device",
    description: "Idempotent. Stops its stream, too.",
  }),
  "POST /devices/{device_id}/disable": command({
    id: "disableDevice",
    summary: "take a device out of service",
    description: "Idempotent. Disconnects the device; it cannot be connected until it is enabled.",
  }),
  "POST /devices/{device_id}/enable": command({
    id: "enableDevice",
    summary: "put a device back into service",
    description: "Idempotent. Connects the device if it was connected before, and does not wait for that.",
  }),
  "GET /devices/{device_id}/methods": {
    id: "listMethods",
    summary: "the methods of a device",
    answer: {
      description: "Its methods",
      body: z.object({ methods: z.array(methodDescriptionSchema) }).meta({ id: "Methods" }),
    },
  },
  "POST /devices/{device_id}/safe": {
    id: "makeDeviceSafe",
    summary: "bring an instrument into its safe state",
    description: `${SAFE} Methods of the device that run or wait are cancelled; its stream continues.`,
    body: safeRequestSchema,
    answer: { description: "What became of it", body: safeAnswerSchema },
  },
  "POST /safe": {
    id: "makeSafe",
    summary: "bring all instruments of the bench into their safe states",
    description: `${SAFE} All at the same time; one that fails does not delay the others.`,
    body: safeRequestSchema,
    answer: { description: "What became of each device", body: safeAnswerSchema },
  },
  "POST /devices/{device_id}/stream/start": command({
    id: "startStreaming",
    summary: "start streaming",
    description:
      "Idempotent: while the device streams, a second start changes nothing. The body is the options of the run; a start " +
      "that gives others than those of the present run is refused.",
    body: optionsRequestSchema,
    errors: [
      "NotStreamable",
      "OptionsInUse",
      "DeviceNotConnected",
      "DeviceDisabled",
      ...DRIVER_ERRORS,
      "DeviceFaulted",
    ],
  }),
  "POST /devices/{device_id}/stream/stop": command({
    id: "stopStreaming",
    summary: "stop streaming",
    description:
      "Idempotent. Ends the run for all readers and closes the device's streams; a new reader starts it again.",
    answer: { description: "The device has stopped; no more samples come", body: streamStoppedSchema },
    errors: ["DeviceTimeout"],
  }),
  "GET /devices/{device_id}/log": {
    id: "getLog",
    summary: "the newest lines about a device",
    description: "What its driver printed, and the changes of its state: the last 500 lines. They are gone when the " +
      "daemon ends; the daemon's own log keeps them.",
    query: deviceLogQuerySchema,
    answer: { description: "The lines", body: deviceLogSchema },
    errors: ["InvalidRequest"],
  },
  "GET /devices/{device_id}/error": {
    id: "getError",
    summary: "the last error of a device",
    answer: { description: "The error", body: z.object({ error: errorReportSchema }).meta({ id: "LastError" }) },
    errors: ["NoError"],
  },
  "DELETE /devices/{device_id}/error": {
    id: "clearError",
    summary: "clear the last error of a device",
    answer: { description: "The error is cleared", body: errorClearedSchema },
    errors: ["NoError"],
  },
};
