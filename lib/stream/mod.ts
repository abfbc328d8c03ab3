/**
 * Samples to bytes, bytes to readers.
 *
 * @module
 */
export * from "./block.ts";
export * from "./columns/columns_reader.ts";
export * from "./cursor.ts";
export * from "./decode.ts";
export * from "./encode.ts";
export * from "./events.ts";
export * from "./frame.ts";
export * from "./merged_reader.ts";
export * from "./numbering.ts";
export * from "./positions.ts";
export * from "./reader.ts";
export * from "./ring.ts";
export * from "./sample_writer.ts";
export type { SampleSink } from "./sink_queue.ts";
export * from "./sse.ts";
export * from "./stream_log.ts";
export * from "./thinned_reader.ts";
export * from "./thinning.ts";
