import type { Device } from "../../device/device.ts";
import type { Recordings } from "../../recording/recordings.ts";
import { RECORDING_STATES } from "../../wire/recordings.ts";
import type { MetricSample, MetricSink } from "./exposition.ts";

/** Adds the metrics of recordings. */
export function exposeRecordings(sink: MetricSink, recordings: Recordings, devices: readonly Device[]): void {
  const { progress, recorderRestarts, storage: { free_bytes: freeBytes } } = recordings;
  const states = recordings.all.map((recording) => recordings.statusOf(recording).state);
  const each = (value: (device: Device) => number) =>
    devices.map((device): MetricSample => [value(device), { device: device.id }]);
  sink.gauge(
    "labdaemon_recordings",
    "Recordings by state.",
    RECORDING_STATES.map((state) => [states.filter((it) => it === state).length, { state }]),
  );
  sink.counter(
    "labdaemon_device_recorded_samples_total",
    "Samples that recordings have stored.",
    each(({ log }) => progress.of(log).samples),
  );
  sink.counter(
    "labdaemon_device_recorded_lost_samples_total",
    "Samples that the gaps in recordings count.",
    each(({ log }) => progress.of(log).lost),
  );
  sink.counter(
    "labdaemon_device_recorded_bytes_total",
    "Bytes that recordings have written to the disk.",
    each(({ log }) => progress.of(log).bytes),
  );
  sink.gauge(
    "labdaemon_device_recording_behind_seconds",
    "Age of the oldest part that is not stored; 0 if all is, or nothing is recorded.",
    each(({ log }) => progress.behindMs(log) / 1000),
  );
  sink.counter("labdaemon_recorder_restarts_total", "Recorders that took the place of one that had ended.", [
    [recorderRestarts],
  ]);
  sink.gauge(
    "labdaemon_recordings_free_bytes",
    "Room on the disk of the recordings, as far as it is known.",
    freeBytes === null ? [] : [[freeBytes]],
  );
}
