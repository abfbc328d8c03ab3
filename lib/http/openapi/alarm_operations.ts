import { acknowledgeRequestSchema, alarmSchema, alarmsSchema } from "../../wire/alarms.ts";
import type { Operation } from "./operation.ts";

/** The routes of alarms. */
export const ALARM_OPERATIONS: Record<string, Operation> = {
  "GET /alarms": {
    id: "listAlarms",
    summary: "the alarms of all devices, with their states",
    description:
      "The bench file declares them. Streams have an event `alarm` for each that fires, is acknowledged, or ends.",
    answer: { description: "The alarms, device by device", body: alarmsSchema },
  },
  "GET /devices/{device_id}/alarms": {
    id: "listDeviceAlarms",
    summary: "the alarms of one device, with their states",
    answer: { description: "The alarms", body: alarmsSchema },
  },
  "POST /devices/{device_id}/alarms/{name}/acknowledge": {
    id: "acknowledgeAlarm",
    summary: "say that a person knows of an alarm that fires",
    description: "It stays until its value is back in order.",
    body: acknowledgeRequestSchema,
    isCommand: true,
    answer: { description: "The alarm", body: alarmSchema },
    errors: ["AlarmNotFound", "AlarmNotFiring"],
  },
};
