import { historyQuerySchema, historySchema } from "../../wire/history.ts";
import {
  recordingDataQuerySchema,
  recordingNoteRequestSchema,
  recordingSchema,
  recordingsSchema,
  startRecordingSchema,
} from "../../wire/recordings.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import type { Operation } from "./operation.ts";

const ERRORS = ["RecordingNotFound", "Unavailable"] as const;

/** The routes of `/recordings`. */
export const RECORDING_OPERATIONS: Record<string, Operation> = {
  "GET /recordings": {
    id: "listRecordings",
    summary: "all recordings, and the state of their disk",
    answer: { description: "All recordings, the oldest first", body: recordingsSchema },
    errors: ["Unavailable"],
  },
  "POST /recordings": {
    id: "startRecording",
    summary: "record devices",
    description:
      "The devices stream for it as for any reader. It goes on when the daemon is started again, until it is stopped.",
    body: startRecordingSchema,
    isCommand: true,
    answer: { status: 201, description: "The recording", body: recordingSchema },
    errors: ["DeviceNotFound", "Unavailable"],
  },
  "GET /recordings/{recording_id}": {
    id: "getRecording",
    summary: "one recording",
    answer: { description: "The recording", body: recordingSchema },
    errors: ["Forbidden", ...ERRORS],
  },
  "DELETE /recordings/{recording_id}": {
    id: "deleteRecording",
    summary: "delete a recording and its data",
    isCommand: true,
    answer: { status: 204, description: "It is deleted" },
    errors: [...ERRORS, "RecordingActive"],
  },
  "POST /recordings/{recording_id}/stop": {
    id: "stopRecording",
    summary: "stop a recording",
    description: "Answers when all of it is stored, or after 5 s with the state `stopping`. Idempotent.",
    body: emptyRequestSchema,
    isCommand: true,
    answer: { description: "The recording", body: recordingSchema },
    errors: [...ERRORS],
  },
  "POST /recordings/{recording_id}/notes": {
    id: "addRecordingNote",
    summary: "add a note to a recording",
    body: recordingNoteRequestSchema,
    isCommand: true,
    answer: { description: "The recording", body: recordingSchema },
    errors: [...ERRORS],
  },
  "GET /recordings/{recording_id}/data": {
    id: "getRecordingData",
    summary: "the samples and events of a recording, as a file",
    description:
      "Streamed, also while it is recorded. Has gaps, states, descriptions with units, and exact numbers and times.",
    query: recordingDataQuerySchema,
    answer: {
      description: "The file",
      media: {
        "application/jsonl": {
          type: "string",
          description: "The recording, then one event on each line, as it was streamed",
        },
        "text/csv": { type: "string", description: "One event on each row" },
        "application/vnd.apache.parquet": { type: "string", format: "binary", description: "The same rows as Parquet" },
        "application/vnd.apache.arrow.file": {
          type: "string",
          format: "binary",
          description: "The same rows as an Arrow file, with times in nanoseconds",
        },
        "application/x-mcap": { type: "string", format: "binary", description: "One event in each message, as JSON" },
        "application/x-hdf5": { type: "string", format: "binary", description: "A group of datasets for each device" },
      },
    },
    errors: ["InvalidRequest", "Forbidden", ...ERRORS],
  },
  "GET /devices/{device_id}/history": {
    id: "getHistory",
    summary: "what a device streamed in a span of time, thinned for a plot",
    description:
      "From its recordings and from the ring, without a seam; without a recording, from the ring alone. Channels are numbers; " +
      "of a list of numbers, those with a `dt`. Reading takes at most 5 s: `complete` says whether it is all.",
    query: historyQuerySchema,
    answer: { description: "The channels and the events", body: historySchema },
    errors: ["InvalidRequest", "Unavailable"],
  },
};
