import { z } from "zod";
import { deviceIdSchema, deviceTypeSchema, objectSchema, timeSchema } from "./values.ts";

const whySchema = z.string().meta({ examples: ['Cannot set "current" of "psu1": it is read-only'] });

/** A property that a snapshot does not hold. */
const missingSchema = z.object({ name: z.string(), why: whySchema });

/** The state of one device in a snapshot. */
export const deviceSnapshotSchema = z.object({
  device_id: deviceIdSchema,
  device_type: deviceTypeSchema,
  driver: z.object({
    file: z.string().nullable().meta({ description: "The name of the driver's file; null: a script registered it" }),
    hash: z.string().nullable().meta({
      description: "SHA-256 of the file and of what it imports from its folder; null for a driver of a script",
    }),
  }),
  params: objectSchema.meta({ description: "Without secrets. A restore does not change them" }),
  options: objectSchema.meta({ description: "Without secrets. A restore does not change them" }),
  properties: objectSchema.meta({ description: "The values by name, as the instrument said them" }),
  missing: z.array(missingSchema).meta({ description: "The properties whose values are not known, or are secrets" }),
}).meta({ id: "DeviceSnapshot" });
/** The state of one device in a snapshot. */
export type DeviceSnapshot = z.output<typeof deviceSnapshotSchema>;

/** The state of a bench: `GET /snapshot`. */
export const snapshotSchema = z.object({
  taken_at: timeSchema,
  devices: z.array(deviceSnapshotSchema),
}).meta({ id: "Snapshot", description: "The properties of all devices, as their instruments said them" });
/**
 * The properties of all devices, as their instruments said them, with the drivers, the params and the options.
 *
 * @example
 * ```ts
 * import { LabDaemon, type Snapshot } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * const snapshot: Snapshot = await daemon.snapshot();
 * console.assert(snapshot.devices.length === 0);
 * ```
 */
export type Snapshot = z.output<typeof snapshotSchema>;

/** The body of `POST /restore`: a snapshot, or a part of one. */
export const restoreRequestSchema = z.strictObject({
  dry_run: z.boolean().nullish().meta({ description: "Answer the differences, and set nothing" }),
  taken_at: z.string().nullish(),
  devices: z.array(z.looseObject({
    device_id: deviceIdSchema,
    device_type: z.string().nullish().meta({ description: "Given: a device of another type is skipped" }),
    driver: z.looseObject({ hash: z.string().nullish() }).nullish().meta({
      description: "Given: another version of the driver is warned of",
    }),
    properties: z.looseObject({}),
  })),
}).meta({ id: "Restore", description: "A snapshot, or a part of one" });
/** A snapshot, or a part of one, to be restored. */
export type RestoreRequest = z.input<typeof restoreRequestSchema>;

/** The body of `POST /restore` that takes a time of a recording. */
export const restoreRecordingRequestSchema = z.strictObject({
  recording: z.string().meta({ description: "The id of a recording", examples: ["run42"] }),
  time: z.string().meta({
    description: "RFC 3339: the bench is set as it was then",
    examples: ["2026-11-26T08:00:00Z"],
  }),
  devices: z.array(deviceIdSchema).nullish().meta({ description: "All devices of the recording, by default" }),
  dry_run: z.boolean().nullish().meta({ description: "Answer the differences, and set nothing" }),
}).meta({ id: "RestoreRecording", description: "A time of a recording" });
/** A time of a recording, to be restored. */
export type RestoreRecordingRequest = z.input<typeof restoreRecordingRequestSchema>;

const changeSchema = z.object({
  device_id: deviceIdSchema,
  name: z.string(),
  from: z.unknown().meta({ description: "The value before; null if it is not known", examples: [3.3] }),
  to: z.unknown().meta({ description: "The value read back; in a dry run, that of the snapshot", examples: [5] }),
});
const skippedSchema = z.object({
  device_id: deviceIdSchema,
  name: z.string(),
  why: whySchema,
  type: z.string().meta({
    description:
      "The type of the error; `NotTaken`: it was set, and the instrument says another value; `NotRecorded`: the " +
      "recording has no value of it",
    examples: ["PropertyReadOnly"],
  }),
});

/** The answer to `POST /restore`. */
export const restoreAnswerSchema = z.object({
  changes: z.array(changeSchema).meta({ description: "In the order in which they were made, or would be" }),
  skipped: z.array(skippedSchema).meta({
    description: "What differs and could not be restored; measured values, which are read-only, too",
  }),
  warnings: z.array(z.string()).meta({
    description: "What makes it uncertain that the bench is as it was: another version of a driver, a value read later",
  }),
}).meta({ id: "Restored" });
/**
 * The changes of a restore, and those that it could not make.
 *
 * @example
 * ```ts
 * import { LabDaemon, type RestoreAnswer } from "labdaemon";
 *
 * await using daemon = new LabDaemon();
 * const { changes, skipped }: RestoreAnswer = await daemon.restore(await daemon.snapshot());
 * console.assert(changes.length === 0 && skipped.length === 0);
 * ```
 */
export type RestoreAnswer = z.output<typeof restoreAnswerSchema>;
