import { z } from "zod";
import { deviceStatusSchema } from "../../wire/device.ts";
import { methodDescriptionSchema } from "../../wire/driver.ts";
import { errorReportSchema } from "../../wire/error_report.ts";
import {
  addDeviceRequestSchema,
  callAnswerSchema,
  callRequestSchema,
  emptyRequestSchema,
  errorClearedSchema,
  optionsRequestSchema,
  streamStoppedSchema,
} from "../../wire/requests.ts";
import { type Answer, BODY_REFUSALS, type Operation } from "./operation.ts";

const tag = "Devices";

const theDevice: Answer = { description: "The device as it now stands", body: deviceStatusSchema };

export const listDevices: Operation = {
  id: "listDevices",
  tag,
  summary: "all devices",
  answers: {
    200: {
      description: "In the order in which they were added",
      body: z.object({ devices: z.array(deviceStatusSchema) }).meta({ id: "Devices" }),
    },
  },
};

export const createDevice: Operation = {
  id: "createDevice",
  tag,
  summary: "make a device",
  description: "The device is disconnected. Its params are fixed for its life; which there are, its driver says.",
  body: addDeviceRequestSchema,
  answers: { 201: { description: "The new device", body: deviceStatusSchema } },
  refusals: [...BODY_REFUSALS, "DeviceTypeNotFound", "DeviceExists", "DriverError", "DeviceTimeout"],
};

export const getDevice: Operation = {
  id: "getDevice",
  tag,
  summary: "one device",
  answers: { 200: theDevice },
  refusals: ["DeviceNotFound"],
};

export const deleteDevice: Operation = {
  id: "deleteDevice",
  tag,
  summary: "stop, disconnect and remove it",
  answers: { 204: { description: "It is gone, and its streams have ended" } },
  refusals: ["DeviceNotFound", "BodyTooLarge"],
};

export const connectDevice: Operation = {
  id: "connectDevice",
  tag,
  summary: "connect it, and keep it connected",
  description:
    "Idempotent. Answers when the first try has turned out; also after a failure the device goes on trying, " +
    "until it is disconnected.",
  body: emptyRequestSchema,
  answers: { 200: theDevice },
  refusals: [
    ...BODY_REFUSALS,
    ...["DeviceNotFound", "DeviceNotConnected", "DeviceDisabled", "DriverError", "DeviceTimeout"] as const,
    // A device of the bench file whose driver is missing.
    "DeviceTypeNotFound",
  ],
};

export const disconnectDevice: Operation = {
  id: "disconnectDevice",
  tag,
  summary: "disconnect it",
  description: "Idempotent. Also stops its stream.",
  body: emptyRequestSchema,
  answers: { 200: theDevice },
  refusals: [...BODY_REFUSALS, "DeviceNotFound"],
};

export const disableDevice: Operation = {
  id: "disableDevice",
  tag,
  summary: "take it out of service",
  description: "Idempotent. Disconnects it; it cannot be connected until it is enabled.",
  body: emptyRequestSchema,
  answers: { 200: theDevice },
  refusals: [...BODY_REFUSALS, "DeviceNotFound"],
};

export const enableDevice: Operation = {
  id: "enableDevice",
  tag,
  summary: "put it back into service",
  description: "Idempotent. Connects it if it was connected before, and does not wait for that.",
  body: emptyRequestSchema,
  answers: { 200: theDevice },
  refusals: [...BODY_REFUSALS, "DeviceNotFound"],
};

export const listMethods: Operation = {
  id: "listMethods",
  tag,
  summary: "what can be called",
  answers: {
    200: {
      description: "Its methods",
      body: z.object({ methods: z.array(methodDescriptionSchema) }).meta({ id: "Methods" }),
    },
  },
  refusals: ["DeviceNotFound"],
};

export const callMethod: Operation = {
  id: "callMethod",
  tag,
  summary: "call a method",
  description: "Calls of one device run one at a time, in order. `args` fill the keys of the method's input in their " +
    "declared order, `kwargs` the others.",
  body: callRequestSchema,
  answers: {
    200: {
      description: "What the method returned",
      body: callAnswerSchema,
    },
  },
  refusals: [
    ...BODY_REFUSALS,
    ...["DeviceNotFound", "MethodNotFound", "DeviceNotConnected", "DeviceDisabled"] as const,
    ...["DriverError", "DeviceFaulted", "DeviceTimeout"] as const,
  ],
};

export const startStreaming: Operation = {
  id: "startStreaming",
  tag,
  summary: "start streaming",
  description:
    "Idempotent: while the device streams, a second start changes nothing. The body is the options of the run.",
  body: optionsRequestSchema,
  answers: { 200: theDevice },
  refusals: [
    ...BODY_REFUSALS,
    ...["DeviceNotFound", "NotStreamable", "DeviceNotConnected", "DeviceDisabled"] as const,
    ...["DriverError", "DeviceFaulted", "DeviceTimeout"] as const,
  ],
};

export const stopStreaming: Operation = {
  id: "stopStreaming",
  tag,
  summary: "stop streaming",
  description: "Idempotent. Ends the run for everybody and closes the device's streams; a new reader starts it again.",
  body: emptyRequestSchema,
  answers: {
    200: {
      description: "It has stopped; no sample comes any more",
      body: streamStoppedSchema,
    },
  },
  refusals: [...BODY_REFUSALS, "DeviceNotFound", "DeviceTimeout"],
};

export const getError: Operation = {
  id: "getError",
  tag,
  summary: "its last error",
  answers: {
    200: { description: "The error", body: z.object({ error: errorReportSchema }).meta({ id: "LastError" }) },
  },
  refusals: ["DeviceNotFound", "NoError"],
};

export const clearError: Operation = {
  id: "clearError",
  tag,
  summary: "clear its last error",
  answers: {
    200: {
      description: "It is forgotten",
      body: errorClearedSchema,
    },
  },
  refusals: ["DeviceNotFound", "NoError", "BodyTooLarge"],
};
