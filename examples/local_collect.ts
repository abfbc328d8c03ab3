/**
 * A script that uses the library without a server, and collects five seconds of data.
 *
 *     deno run -A examples/local_collect.ts
 */
import { type Device, LabDaemon } from "labdaemon";

interface Reading {
  /** Seconds since 1970. */
  timestamp: number;
  value: unknown;
}

/** Collects the samples of one device for some seconds. */
class DataCollector {
  readonly data: Reading[] = [];

  constructor(readonly device: Device, readonly durationSeconds = 5) {}

  onData = (reading: unknown) => {
    this.data.push({ timestamp: Date.now() / 1000, value: reading });
  };

  async collect(): Promise<Reading[]> {
    await this.device.startStreaming(this.onData, { sample_rate: 10 });
    try {
      await new Promise((resolve) => setTimeout(resolve, this.durationSeconds * 1000));
    } finally {
      await this.device.stopStreaming();
    }
    return this.data;
  }
}

await using daemon = new LabDaemon();
await daemon.loadDrivers(new URL("../drivers/", import.meta.url));
const daq = await daemon.addDevice("daq1", "StreamingDAQ");
await daemon.connectDevice(daq);

const collector = new DataCollector(daq);
const data = await collector.collect();
console.log(`Collected ${data.length} samples`);
