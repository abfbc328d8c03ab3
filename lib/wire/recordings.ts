/** Recordings: samples and events of devices, stored on the disk. */
import { z } from "zod";
import { countSchema, deviceIdSchema, timeSchema } from "./values.ts";

/** The id of a recording. */
export const recordingIdSchema = z.string().meta({ description: "The recording's id", examples: ["run42"] });

/** The state of a recording. */
export const RECORDING_STATES = ["recording", "paused", "stopping", "stopped"] as const;

const patternsSchema = z.array(z.string().min(1).max(64)).min(1).max(500).meta({
  description: "Ids of devices; `*` for all, also those that are added later",
  examples: [["*"]],
});

/** A note on a recording. */
export const recordingNoteSchema = z.object({ at: timeSchema, text: z.string() });

const nameSchema = z.string().min(1).max(100).meta({ examples: ["run42"] });
const tagsSchema = z.array(z.string().min(1).max(100)).max(50);
const noteTextSchema = z.string().min(1).max(10_000);

/** The part of a recording that is one device's. */
export const recordedDeviceSchema = z.object({
  device_id: deviceIdSchema,
  samples: countSchema.meta({ description: "The samples that are stored" }),
  lost: countSchema.meta({ description: "The samples that its gaps count" }),
  bytes: countSchema.meta({ description: "The size of its rows on the disk" }),
});

/** A recording. */
export const recordingSchema = z.object({
  recording_id: recordingIdSchema,
  name: nameSchema,
  state: z.enum(RECORDING_STATES).meta({
    description:
      "`paused`: the disk is full or cannot be written; it goes on by itself. `stopping`: the rest is being stored",
  }),
  always: z.boolean().meta({ description: "True for the continuous recording of a device with `record: always`" }),
  started_at: timeSchema,
  ended_at: timeSchema.nullable(),
  until: timeSchema.nullable().meta({ description: "When it stops by itself" }),
  devices: patternsSchema,
  tags: tagsSchema,
  notes: z.array(recordingNoteSchema),
  contents: z.array(recordedDeviceSchema).meta({ description: "What is stored of each device" }),
  broken: z.array(z.object({ file: z.string(), message: z.string() })).meta({
    description: "Files of it that could not be read and were set aside",
  }),
  warnings: z.array(z.string()),
}).meta({ id: "Recording", description: "What devices streamed, on the disk" });
/** A recording: its devices, and their stored data. */
export type RecordingStatus = z.output<typeof recordingSchema>;

/** The state of the disk of the recordings. */
export const recordingStorageSchema = z.object({
  state: z.enum(["ok", "low", "paused", "slow", "down", "idle"]).meta({
    description:
      "`low`: little room is left; `paused`: nothing can be stored, see `reason`; `slow`: what was sent a while " +
      "ago is not stored yet; `down`: the recorder has ended and is started again, see `reason`; `idle`: nothing is " +
      "recorded",
  }),
  reason: z.string().nullable(),
  free_bytes: countSchema.nullable(),
  folder: z.string(),
  share: z.string().nullable().meta({
    description: "The kind of network share that the folder is on; null on a disk, and before anything is recorded",
    examples: ["NFS"],
  }),
});
/** The recorder and its disk. */
export type RecordingStorage = z.output<typeof recordingStorageSchema>;

/** The answer to `GET /recordings`. */
export const recordingsSchema = z.object({
  recordings: z.array(recordingSchema),
  storage: recordingStorageSchema,
}).meta({ id: "Recordings" });
/** All recordings, and the state of their storage. */
export type RecordingsAnswer = z.output<typeof recordingsSchema>;

/** The body of `POST /recordings`. */
export const startRecordingSchema = z.strictObject({
  name: nameSchema,
  devices: patternsSchema.nullish().meta({ description: 'All devices, by default: `["*"]`' }),
  note: noteTextSchema.nullish(),
  tags: tagsSchema.nullish(),
  until: z.string().nullish().meta({
    description: "When it stops by itself: a time in RFC 3339, or a duration from now",
    examples: ["10min"],
  }),
});
/** A recording to start. */
export type StartRecording = z.input<typeof startRecordingSchema>;

/** The body of `POST /recordings/{recording_id}/notes`. */
export const recordingNoteRequestSchema = z.strictObject({ text: noteTextSchema });

/** The formats of a recording's data. */
export const EXPORT_FORMATS = ["jsonl", "csv", "parquet", "arrow", "mcap", "hdf5"] as const;
/** The points of each number in a thinned export. */
export const MAX_EXPORT_POINTS = 1_000_000;

/** A format of a recording's data. */
export type ExportFormat = typeof EXPORT_FORMATS[number];

/** The query of `GET /recordings/{recording_id}/data`. */
export const recordingDataQuerySchema = z.strictObject({
  format: z.enum(EXPORT_FORMATS).optional().meta({
    description: "`jsonl` by default: every event, as it was streamed",
  }),
  devices: z.string().optional().meta({
    description: "Ids, separated by commas; all of the recording by default, or as `*`",
  }),
  from: z.string().optional().meta({ description: "RFC 3339; events from this time on" }),
  to: z.string().optional().meta({ description: "RFC 3339; events before this time" }),
  points: z.int().min(2).max(MAX_EXPORT_POINTS).optional().meta({
    description:
      "For each number of a device: the samples with the smallest and the largest one of half as many intervals, and every " +
      "other event. All samples, by default",
  }),
});
