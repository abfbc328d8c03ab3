/**
 * Reading a recording, for drivers and scripts: without the daemon, and without writing anything into its folder.
 *
 * @module
 */
export { readRecording, type Recorded, type RecordedSample } from "./read_recording.ts";
export { JsonText } from "../../stream/encode.ts";
