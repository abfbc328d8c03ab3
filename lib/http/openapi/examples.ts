/** Examples of what is answered, from the life of one StreamingDAQ. */
import type { DriverStatus } from "../../registry/catalog.ts";
import type { DeviceStatus } from "../../device/status.ts";
import type { ErrorReport } from "../../errors.ts";

const timestamp = "2026-11-22T06:25:52.123456Z";

export const errorExample: ErrorReport = {
  type: "CableError",
  message: "no answer from the instrument",
  origin: "device",
  timestamp,
  context: { device_id: "daq1" },
};

export const deviceExample: DeviceStatus = {
  device_id: "daq1",
  device_type: "StreamingDAQ",
  state: "streaming",
  connected: true,
  streaming: true,
  streams: true,
  owned_by: null,
  last_error: null,
  params: { high: 10 },
  options: { sample_rate: 10 },
  permissions: {},
  restarts: 0,
  state_since: timestamp,
  retry_at: null,
  disabled: false,
  process: { pid: 4242, memory: 61_000_000, cpu: 0.01, memory_limit: 536_870_912 },
  stream: { epoch: "k3f9", sequence: 43, oldest: 0, bytes: 11_000, max_bytes: 16_777_216, max_age: 600, readers: 1 },
};

const $schema = "https://json-schema.org/draft/2020-12/schema";

const volts = { description: "The new upper end", unit: "V", type: "number" };

export const driverExample = {
  name: "StreamingDAQ",
  summary: "Simulated DAQ: one channel of uniform noise",
  params: {
    $schema,
    type: "object",
    properties: {
      high: {
        default: 10,
        unit: "V",
        description: "Upper end of the range; the lower end is 0",
        type: "number",
      },
    },
    additionalProperties: false,
  },
  options: {
    $schema,
    type: "object",
    properties: {
      sample_rate: {
        default: 10,
        unit: "Hz",
        description: "Samples per second",
        type: "number",
        exclusiveMinimum: 0,
      },
    },
    additionalProperties: false,
  },
  sample: { $schema, unit: "V", description: "One value between 0 and the upper end", type: "number" },
  methods: [{
    name: "set_high",
    doc: "Change the upper end of the range",
    parameters: [{ name: "volts", type: "number", required: true, unit: "V", description: "The new upper end" }],
    input: {
      $schema,
      type: "object",
      properties: { volts },
      required: ["volts"],
      additionalProperties: false,
    },
  }],
  permissions: {},
  file: "streaming_daq.ts",
  status: "loaded",
} satisfies DriverStatus;
