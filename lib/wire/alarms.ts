/** Alarms: limits of channels, and the incidents of values beyond them. */
import { z } from "zod";
import { countSchema, deviceIdSchema, timeSchema } from "./values.ts";

/**
 * The states of an alarm. `pending`: beyond the limit, and not for long enough; `acknowledged`: firing, and a person knows
 * it.
 */
export const ALARM_STATES = ["ok", "pending", "firing", "acknowledged"] as const;
/** The state of an alarm. */
export type AlarmState = typeof ALARM_STATES[number];

/** The action when an alarm fires, besides the event, the page and the log. */
export const ALARM_ACTIONS = ["notify", "safe"] as const;
/** An action when an alarm fires. */
export type AlarmAction = typeof ALARM_ACTIONS[number];

const alarmNameSchema = z.string().meta({
  description: "The alarm's name; one of its device",
  examples: ["overvoltage"],
});
const channelSchema = z.string().meta({ description: "The channel of the samples", examples: ["voltage"] });

/** The time in which a value was beyond its limit. Flaps within `clears_after` are one incident. */
export const incidentSchema = z.object({
  incident_id: z.string().meta({ examples: ["k3f9-7"] }),
  began_at: timeSchema.meta({ description: "When the alarm fired" }),
  ended_at: timeSchema.nullable(),
  flaps: countSchema.meta({ description: "How often the value went beyond the limit again before the incident ended" }),
  worst: z.number().nullable().meta({
    description: "The value that was furthest beyond the limit; of silence, the seconds without a value",
  }),
  acknowledged: z.object({ at: timeSchema, by: z.string(), note: z.string().nullable() }).nullable(),
  safe: z.enum(["pending", "done", "failed"]).nullable().meta({
    description: "Whether the instrument was made safe; null where the alarm does not ask for it",
  }),
}).meta({ id: "AlarmIncident", description: "One firing of an alarm, from its begin to its end" });
/** One firing of an alarm. */
export type IncidentStatus = z.output<typeof incidentSchema>;

/** An alarm of a device. */
export const alarmSchema = z.object({
  device_id: deviceIdSchema,
  name: alarmNameSchema,
  channel: channelSchema,
  condition: z.string().meta({ description: "In words", examples: ["above 5.2 V for 5 s"] }),
  unit: z.string().meta({ description: "The channel's unit; empty if there is none" }),
  then: z.array(z.enum(ALARM_ACTIONS)),
  state: z.enum(ALARM_STATES),
  since: timeSchema.meta({ description: "Since when it is in this state" }),
  value: z.number().nullable().meta({ description: "The newest value of the channel; null if there is none" }),
  watched: z.boolean().meta({ description: "False while its device is not to stream: nothing is known then" }),
  incident: incidentSchema.nullable().meta({ description: "The present incident, or the last one" }),
}).meta({ id: "Alarm", description: "A limit of a channel, and its state" });
/** An alarm with its state. */
export type AlarmStatus = z.output<typeof alarmSchema>;

/** The answer to `GET /alarms`. */
export const alarmsSchema = z.object({ alarms: z.array(alarmSchema) }).meta({ id: "Alarms" });
/** All alarms of the bench. */
export type AlarmsAnswer = z.output<typeof alarmsSchema>;

/** The body of `POST /devices/{device_id}/alarms/{name}/acknowledge`. */
export const acknowledgeRequestSchema = z.strictObject({ note: z.string().min(1).max(2_000).nullish() });
