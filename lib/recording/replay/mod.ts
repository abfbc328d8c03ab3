/**
 * Reading a recording, for drivers and scripts: without the daemon, and without writing anything into its folder.
 *
 * @module
 */
export {
  isDevice,
  readRecording,
  readStory,
  type Recorded,
  type RecordedDevice,
  type RecordedSample,
  recordedSample,
} from "./read_recording.ts";
export { JsonText } from "../../stream/encode.ts";
