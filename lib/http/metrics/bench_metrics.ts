import type { LabDaemon } from "../../daemon.ts";
import type { Device } from "../../device/device.ts";
import { type DeviceState, deviceStateSchema, type DeviceStatus } from "../../wire/device.ts";
import type { MetricSample, MetricSink } from "./exposition.ts";

/** Adds the metrics of all devices. */
export function exposeBench(sink: MetricSink, daemon: LabDaemon): void {
  const devices = daemon.devices().map((device): Observed => ({ device, status: device.status() }));
  sink.gauge("labdaemon_devices", "Devices by state.", byState(devices));
  sink.gauge(
    "labdaemon_drivers",
    "Drivers that can be used, and driver files that failed to load.",
    ["loaded", "failed"].map((state) => [
      daemon.drivers().filter(({ error }) => (state === "failed") === Boolean(error)).length,
      { state },
    ]),
  );
  exposeStates(sink, devices);
  exposeStreams(sink, devices);
  exposeCalls(sink, daemon, devices);
  exposeProcesses(sink, devices);
}

/** A device, and its status at the time of the request. */
interface Observed {
  device: Device;
  status: DeviceStatus;
}

/** One value per device, for the devices that have it. */
function each(devices: Observed[], value: (observed: Observed) => number | undefined): MetricSample[] {
  return devices.flatMap((observed) => {
    const found = value(observed);
    return found === undefined ? [] : [[found, { device: observed.device.id }] as const];
  });
}

function byState(devices: Observed[]): MetricSample[] {
  return deviceStateSchema.options.map((state: DeviceState) => [
    devices.filter(({ device }) => device.state === state).length,
    { state },
  ]);
}

function exposeStates(sink: MetricSink, devices: Observed[]): void {
  const states = devices.map(({ device, status: { state } }) =>
    [1, { device: device.id, type: device.type, state }] as const
  );
  sink.gauge("labdaemon_device_info", "1, with the device's type and state.", states);
  sink.gauge(
    "labdaemon_device_connected",
    "1 while the device is connected or streams, else 0.",
    each(devices, ({ status }) => Number(status.connected)),
  );
  sink.counter(
    "labdaemon_device_restarts_total",
    "Connections after a failure.",
    each(devices, ({ status }) => status.restarts),
  );
  sink.gauge(
    "labdaemon_device_warnings",
    "Warnings that hold.",
    each(devices, ({ status }) => status.warnings.length),
  );
}

function exposeStreams(sink: MetricSink, devices: Observed[]): void {
  sink.counter(
    "labdaemon_device_samples_total",
    "Samples of the device, the lost ones included.",
    each(devices, ({ status }) => status.stream.sequence),
  );
  sink.counter(
    "labdaemon_device_lost_samples_total",
    "Samples that the driver could not deliver.",
    each(devices, ({ device }) => device.log.counts.lostSamples),
  );
  sink.counter(
    "labdaemon_device_gaps_total",
    "Gaps in what the driver delivered.",
    each(devices, ({ device }) => device.log.counts.gaps),
  );
  sink.counter(
    "labdaemon_device_reader_gaps_total",
    "Gaps of readers that were too slow.",
    each(devices, ({ device }) => device.log.counts.readerGaps),
  );
  sink.counter(
    "labdaemon_device_stream_bytes_total",
    "Bytes of samples and events, once, whatever the number of readers.",
    each(devices, ({ device }) => device.log.counts.bytes),
  );
  sink.gauge("labdaemon_device_readers", "Open readers.", each(devices, ({ status }) => status.stream.readers));
  sink.gauge("labdaemon_device_ring_bytes", "Bytes in the ring.", each(devices, ({ status }) => status.stream.bytes));
}

function exposeCalls(sink: MetricSink, daemon: LabDaemon, devices: Observed[]): void {
  const running = Map.groupBy(daemon.calls.all.filter(({ isRunning }) => isRunning), ({ deviceId }) => deviceId);
  sink.gauge(
    "labdaemon_device_calls_running",
    "Calls that run or wait for their turn.",
    each(devices, ({ device }) => running.get(device.id)?.length ?? 0),
  );
  sink.gauge(
    "labdaemon_device_oldest_call_seconds",
    "Age of the oldest call that runs or waits; 0 without one.",
    each(devices, ({ device }) => Math.max(0, ...running.get(device.id)?.map(({ ageMs }) => ageMs / 1000) ?? [])),
  );
  sink.counter(
    "labdaemon_device_calls_failed_total",
    "Calls that ended with an error.",
    each(devices, ({ device }) => device.callCounts.failed),
  );
  sink.histogram(
    "labdaemon_device_call_duration_seconds",
    "Time from the request of a call to its end, the time in the queue included.",
    devices.map(({ device }) => [device.callCounts.durations, { device: device.id }] as const)
      .filter(([{ count }]) => count > 0),
  );
}

function exposeProcesses(sink: MetricSink, devices: Observed[]): void {
  sink.gauge(
    "labdaemon_device_process_memory_bytes",
    "Memory of the driver's process; devices that share one have the same.",
    each(devices, ({ status }) => status.process?.memory),
  );
  sink.gauge(
    "labdaemon_device_process_cpu_cores",
    "Use of processor cores by the driver's process.",
    each(devices, ({ status }) => status.process?.cpu),
  );
}
